// swift-tools-version:6.0
// Compiles the generated client with main.swift. The variable CLIENT is the folder of the client.
import PackageDescription

let package = Package(
    name: "scenario",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "LatchkeyClient", path: Context.environment["CLIENT"]!)],
    targets: [
        .executableTarget(name: "scenario", dependencies: ["LatchkeyClient"], path: ".", sources: ["main.swift"])
    ]
)
