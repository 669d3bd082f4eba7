// swift-tools-version: 6.2
import PackageDescription

// libFuzzer on the reading of import files, for as long as one likes. The tests do the same for some seconds without it.
//
//     swift build --package-path fuzz -c release --sanitize fuzzer
//     fuzz/.build/release/import-fuzz -max_total_time=600 CORPUS_FOLDER

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "customer-dynamics", path: "..")],
    targets: [
        .executableTarget(
            name: "import-fuzz", dependencies: [.product(name: "DynamicsImport", package: "customer-dynamics")],
            // libFuzzer brings `main`.
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ]
)
