// swift-tools-version: 6.2
import PackageDescription

// The core (SQLite to Simulator below) uses no package at all. Whatever needs one hangs on
// the trait `Programs`, on by default: a dependent that asks for `traits: []` resolves no package.
let package = Package(
    name: "sambung",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "OfflineClient", targets: ["OfflineClient", "HTTPTransport"]),
        .library(name: "CentralServer", targets: ["CentralServer"]),
        .library(name: "CallCenter", targets: ["CallCenter"]),
        // For the fuzzer, a package of its own below `tools/fuzz`.
        .library(name: "ProgramParsers", targets: ["OperatorCommands", "ServerCommands", "CommandFrame"]),
        .executable(name: "sambung", targets: ["sambung"]),
        .executable(name: "sambung-server", targets: ["sambung-server"]),
        .executable(name: "sambung-simulate", targets: ["sambung-simulate"]),
    ],
    traits: [
        .trait(name: "Programs", description: "The programs sambung and sambung-server, and the server's HTTP edge."),
        .trait(name: "PlantedBugs", description: "Mistakes to plant, one at a time: do the simulator's checks bite?"),
        .default(enabledTraits: ["Programs"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Core: the toolchain and libsqlite3, nothing else.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "SQLite", dependencies: ["CSQLite"]),
        .target(name: "SyncProtocol"),
        .target(name: "SyncStore", dependencies: ["SyncProtocol", "SQLite"]),
        .target(name: "OfflineClient", dependencies: ["SyncStore", "SyncProtocol", "SQLite"]),
        // Declarations only: libcurl is there wherever the toolchain is, for Foundation's networking.
        .systemLibrary(name: "CCurl"),
        .target(name: "HTTPTransport", dependencies: ["OfflineClient", "SyncProtocol", "CCurl"]),
        .target(name: "CentralServer", dependencies: ["SyncStore", "SyncProtocol", "SQLite"]),
        .target(name: "CallCenter", dependencies: ["SyncProtocol"]),
        .target(
            name: "Simulator",
            dependencies: ["OfflineClient", "CentralServer", "SyncStore", "SyncProtocol", "SQLite", "CSQLite"]),
        .executableTarget(name: "sambung-simulate", dependencies: ["Simulator"]),

        // Programs: system libraries and packages.
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "ContentCoding", dependencies: ["CZstd", "CZlib"]),
        .target(
            name: "CentralHTTP",
            dependencies: [
                "CentralServer", "SyncProtocol", "ContentCoding",
                .product(name: "HummingbirdCore", package: "hummingbird", condition: .when(traits: ["Programs"])),
                .product(name: "HummingbirdHTTP2", package: "hummingbird", condition: .when(traits: ["Programs"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Programs"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Programs"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Programs"])),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras", condition: .when(traits: ["Programs"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["Programs"])),
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["Programs"])),
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: .when(traits: ["Programs"])
                ),
                .product(
                    name: "UnixSignals", package: "swift-service-lifecycle", condition: .when(traits: ["Programs"])),
            ]),
        .target(
            name: "CommandFrame",
            dependencies: [
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Programs"]))
            ]),
        .target(
            name: "OperatorCommands",
            dependencies: [
                "CommandFrame", "OfflineClient", "HTTPTransport", "CallCenter", "SyncStore", "SyncProtocol", "SQLite",
                "ContentCoding",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Programs"])),
            ]),
        .target(
            name: "ServerCommands",
            dependencies: [
                "CommandFrame", "CentralServer", "CentralHTTP", "ContentCoding", "CallCenter", "SyncStore",
                "SyncProtocol",
                "SQLite",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Programs"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Programs"])),
            ]),
        .executableTarget(name: "sambung", dependencies: ["OperatorCommands"]),
        // Declarations only: a setting of the system's allocator.
        .systemLibrary(name: "CMalloc"),
        .executableTarget(name: "sambung-server", dependencies: ["ServerCommands", "CMalloc"]),

        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "CSQLite"]),
        .testTarget(name: "SyncProtocolTests", dependencies: ["SyncProtocol"]),
        .testTarget(
            name: "SyncTests", dependencies: ["OfflineClient", "CentralServer", "SyncStore", "SyncProtocol", "SQLite"]),
        .testTarget(
            name: "SimulatorTests",
            dependencies: ["Simulator", "OfflineClient", "CentralServer", "SyncStore", "SyncProtocol", "SQLite"]),
        .testTarget(name: "CallCenterTests", dependencies: ["CallCenter", "SyncProtocol"]),
        .testTarget(name: "ContentCodingTests", dependencies: ["ContentCoding"]),
        .testTarget(
            name: "CentralHTTPTests",
            dependencies: [
                "CentralHTTP", "CentralServer", "HTTPTransport", "OfflineClient", "SyncProtocol", "ContentCoding",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Programs"])),
                .product(name: "NIOEmbedded", package: "swift-nio", condition: .when(traits: ["Programs"])),
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: .when(traits: ["Programs"])
                ),
            ]),
        // The tests run the program sambung-server too.
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "OperatorCommands", "ServerCommands", "CommandFrame", "CallCenter", "CentralServer", "OfflineClient",
                "SyncStore", "SyncProtocol", "SQLite", "ContentCoding", "sambung-server",
            ]),
        // The properties are the fuzzer's too: tools/fuzz.
        .testTarget(
            name: "DecoderTests",
            dependencies: [
                "OperatorCommands", "ServerCommands", "CentralHTTP", "CommandFrame", "HTTPTransport", "ContentCoding",
                "CallCenter", "CentralServer", "SyncProtocol",
            ]),
        .testTarget(name: "TidyTests"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}
