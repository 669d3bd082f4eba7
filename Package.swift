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
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")

func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "customer-dynamics",
    products: [
        .executable(name: "customer-dynamics", targets: ["customer-dynamics"]),
        .library(name: "DynamicsFuzzing", targets: ["DynamicsFuzzing"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        room("DynamicsModel"),
        .systemLibrary(name: "CPrefetch"),
        room("DynamicsKernel", ["DynamicsModel", "CPrefetch"]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        room("DynamicsImport", ["DynamicsModel", "CZlib"]),
        room("DynamicsLedger", ["DynamicsModel", "DynamicsKernel", "DynamicsImport", grdb, sqlite]),
        room("DynamicsWorkspace", ["DynamicsModel", "CZlib", grdb, crypto, cryptoExtras]),
        .systemLibrary(name: "CXlsxWriter", providers: [.apt(["libxlsxwriter-dev"])]),
        room("DynamicsSpreadsheets", ["CXlsxWriter"]),
        room("DynamicsExport", ["DynamicsModel", "DynamicsSpreadsheets"]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        room("DynamicsMail", ["DynamicsModel", "CCurl"]),
        room("DynamicsClickHouse", ["DynamicsModel", "DynamicsImport", "CCurl"]),
        room("DynamicsReports", ["DynamicsModel", "DynamicsExport", "DynamicsMail", "DynamicsWorkspace"]),
        room("DynamicsDemo", ["DynamicsModel"]),
        room(
            "DynamicsWeb",
            [
                "DynamicsModel", "DynamicsWorkspace", "DynamicsReports", "DynamicsExport", "CZlib", hummingbird,
                hummingbirdCore, hummingbirdTLS, jwt, nioSSL, mustache, logging, lifecycle,
            ],
            resources: [.copy("Assets")]),
        .systemLibrary(name: "CMalloc"),
        room(
            "DynamicsCommands",
            [
                "CMalloc",
                "DynamicsModel", "DynamicsKernel", "DynamicsImport", "DynamicsLedger", "DynamicsClickHouse",
                "DynamicsExport", "DynamicsReports", "DynamicsDemo", "DynamicsMail", "DynamicsWorkspace",
                "DynamicsWeb", argumentParser,
                configuration,
                logging, lifecycle, .product(name: "UnixSignals", package: "swift-service-lifecycle"), system,
            ]),
        .executableTarget(name: "customer-dynamics", dependencies: ["DynamicsCommands"], swiftSettings: strict),
        room(
            "DynamicsTestSupport",
            [
                "DynamicsModel", "DynamicsKernel", "DynamicsReports", system,
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        room(
            "DynamicsFuzzing",
            ["DynamicsModel", "DynamicsImport", "DynamicsWorkspace", "DynamicsWeb", "DynamicsTestSupport", crypto]),
        tests("DynamicsFuzzingTests", ["DynamicsFuzzing", "DynamicsTestSupport"]),
        tests("DynamicsModelTests", ["DynamicsModel", "DynamicsTestSupport"]),
        tests("DynamicsKernelTests", ["DynamicsKernel", "DynamicsModel", "DynamicsReports", "DynamicsTestSupport"]),
        tests("DynamicsImportTests", ["DynamicsImport", "DynamicsModel", "DynamicsTestSupport", "CZlib"]),
        tests(
            "DynamicsLedgerTests",
            [
                "DynamicsLedger", "DynamicsImport", "DynamicsKernel", "DynamicsModel", "DynamicsReports",
                "DynamicsTestSupport", grdb,
            ]),
        tests(
            "DynamicsClickHouseTests",
            [
                "DynamicsClickHouse", "DynamicsImport", "DynamicsLedger", "DynamicsModel", "DynamicsReports",
                "DynamicsTestSupport",
            ]),
        tests(
            "DynamicsWorkspaceTests",
            ["DynamicsWorkspace", "DynamicsExport", "DynamicsModel", "DynamicsReports", "DynamicsTestSupport", grdb]),
        tests("DynamicsSpreadsheetsTests", ["DynamicsSpreadsheets", "DynamicsTestSupport"]),
        tests("DynamicsExportTests", ["DynamicsExport", "DynamicsModel", "DynamicsTestSupport"]),
        tests(
            "DynamicsReportsTests",
            [
                "DynamicsReports", "DynamicsExport", "DynamicsImport", "DynamicsLedger", "DynamicsModel",
                "DynamicsTestSupport", "DynamicsWorkspace",
            ]),
        tests(
            "DynamicsMailTests",
            [
                "DynamicsMail", "DynamicsExport", "DynamicsModel", "DynamicsReports", "DynamicsTestSupport",
                "DynamicsWorkspace",
            ]),
        tests("DynamicsDemoTests", ["DynamicsDemo", "DynamicsModel"]),
        tests("DynamicsCommandsTests", ["DynamicsModel", "DynamicsTestSupport", "DynamicsWorkspace"]),
        tests(
            "DynamicsWebTests",
            [
                "DynamicsWeb", "DynamicsExport", "DynamicsMail", "DynamicsModel", "DynamicsReports",
                "DynamicsTestSupport",
                "DynamicsWorkspace", crypto, cryptoExtras, hummingbird, hummingbirdTesting,
            ]),
        tests("DynamicsTestSupportTests", ["DynamicsTestSupport", "DynamicsModel"]),
        tests("HouseTests", []),
    ],
    swiftLanguageModes: [.v6]
)
