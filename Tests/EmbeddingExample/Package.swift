// swift-tools-version: 6.2
import PackageDescription

// An application that embeds the core and only the core: `traits: []` resolves no package.
let package = Package(
    name: "embedding-example",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "sambung", path: "../..", traits: [])],
    targets: [
        .executableTarget(
            name: "embedding-example", dependencies: [.product(name: "OfflineClient", package: "sambung")])
    ]
)
