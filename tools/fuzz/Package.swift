// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the sanitizers' flags in the main manifest would make that one impossible to depend on.
// Build it through `tools/fuzz/run`, which passes them. The properties are those of `Tests/DecoderTests`, by a link.
let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "sambung", path: "../..")],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", .product(name: "CentralServer", package: "sambung"),
                .product(name: "CallCenter", package: "sambung"),
                .product(name: "OfflineClient", package: "sambung"),
                .product(name: "ProgramParsers", package: "sambung"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
