import DynamicsCommands

await CustomerDynamics.runAndExit()
