// swift-tools-version: 6.2
import PackageDescription

// What drives the benchmark: the client library as an application embeds it, with no package beside it.
let package = Package(
    name: "bench-driver",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "sambung", path: "../../..", traits: [])],
    targets: [
        .systemLibrary(name: "CBenchZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .executableTarget(
            name: "bench-driver",
            dependencies: [
                "CBenchZstd", .product(name: "OfflineClient", package: "sambung"),
                .product(name: "CallCenter", package: "sambung"),
            ]),
    ]
)
