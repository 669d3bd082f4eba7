// swift-tools-version: 6.2
import PackageDescription

// libFuzzer on what takes bytes from strangers, for as long as one likes: `make fuzz TARGET=query SECONDS=600`. The tests do the same for some
// seconds without it.

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "customer-dynamics", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz", dependencies: [.product(name: "DynamicsFuzzing", package: "customer-dynamics")],
            // libFuzzer brings `main`.
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ]
)
