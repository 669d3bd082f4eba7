// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house and who may know whom: docs/architecture.md. Tests/HouseTests checks that sources keep to it.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "customer-dynamics",
    products: [
        .executable(name: "customer-dynamics", targets: ["customer-dynamics"]),
        .library(name: "DynamicsImport", targets: ["DynamicsImport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        room("DynamicsModel"),
        .systemLibrary(name: "CPrefetch"),
        room("DynamicsKernel", ["DynamicsModel", "CPrefetch"]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        room("DynamicsImport", ["DynamicsModel", "CZlib"]),
        room("DynamicsLedger", ["DynamicsModel", "DynamicsKernel", "DynamicsImport", grdb, sqlite]),
        room("DynamicsExport", ["DynamicsModel"]),
        room("DynamicsReports", ["DynamicsModel", "DynamicsExport"]),
        room("DynamicsDemo", ["DynamicsModel"]),
        room(
            "DynamicsCommands",
            [
                "DynamicsModel", "DynamicsKernel", "DynamicsImport", "DynamicsLedger", "DynamicsExport",
                "DynamicsReports", "DynamicsDemo", argumentParser,
            ]),
        .executableTarget(name: "customer-dynamics", dependencies: ["DynamicsCommands"], swiftSettings: strict),
        room("DynamicsTestSupport", ["DynamicsModel", "DynamicsKernel", "DynamicsReports"]),
        tests("DynamicsModelTests", ["DynamicsModel", "DynamicsTestSupport"]),
        tests("DynamicsKernelTests", ["DynamicsKernel", "DynamicsModel", "DynamicsReports", "DynamicsTestSupport"]),
        tests("DynamicsImportTests", ["DynamicsImport", "DynamicsModel", "DynamicsTestSupport", "CZlib"]),
        tests(
            "DynamicsLedgerTests",
            [
                "DynamicsLedger", "DynamicsImport", "DynamicsKernel", "DynamicsModel", "DynamicsReports",
                "DynamicsTestSupport", grdb,
            ]),
        tests("DynamicsExportTests", ["DynamicsExport", "DynamicsModel", "DynamicsTestSupport"]),
        tests("DynamicsReportsTests", ["DynamicsReports", "DynamicsExport", "DynamicsModel", "DynamicsTestSupport"]),
        tests("DynamicsDemoTests", ["DynamicsDemo", "DynamicsModel"]),
        tests("DynamicsCommandsTests", ["DynamicsModel", "DynamicsTestSupport"]),
        tests("DynamicsTestSupportTests", ["DynamicsTestSupport", "DynamicsModel"]),
        tests("HouseTests", []),
    ],
    swiftLanguageModes: [.v6]
)
