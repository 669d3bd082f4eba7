import DynamicsModel
import DynamicsWorkspace
import Hummingbird
import Logging

extension Visit {
    /// Writes down in the audit log that something was read. When the disk is full the server's log gets it instead: what is stored can
    /// be read all the same.
    ///
    /// - Parameters:
    ///   - what: for the server's log, such as `report opened`.
    ///   - note: writes to the workspace.
    func noteReading(_ what: String, of id: String, _ note: () async throws -> Void) async throws {
        do {
            try await note()
        } catch let error as DynamicsError where error.code == "disk_full" {
            let who = context.account?.name ?? "nobody"
            context.logger.error(
                "\(what)",
                metadata: ["error": "\(error)", "report": "\(id)", "by": "\(who)", "address": "\(context.address)"])
        }
    }
}
