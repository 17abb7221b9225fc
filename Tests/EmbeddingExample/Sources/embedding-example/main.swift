import Foundation
import HTTPTransport
import OfflineClient
import SyncProtocol

// A field application of its own: a list of wells that people inspect where there is no network.
let schema = try Schema(
    name: "wells", version: 1,
    collections: [
        CollectionSchema(
            number: 2, name: "well",
            fields: [
                FieldSchema(1, "village", .text, required: true),
                FieldSchema(2, "state", .text, allowed: ["good", "dry", "broken"]),
                FieldSchema(3, "inspected_at", .dateTime),
            ],
            indexes: [["village"]])
    ])

let client = try OfflineClient(path: CommandLine.arguments[1], schema: schema, environment: .system)
let changes = client.observe { collections in print("changed:", collections.sorted().joined(separator: ", ")) }

// With a server: an enrolment code turns this database into a replica, once.
if CommandLine.arguments.count == 4, let server = URL(string: CommandLine.arguments[2]) {
    let transport = try LibcurlTransport(server: server)
    if try !client.isEnrolled {
        try await client.enrol(
            code: CommandLine.arguments[3], deviceName: "tablet", server: server.absoluteString, over: transport)
    }
    // Writing needs no network: it is durable when it returns, and waits for the next sync.
    let id = try client.write(operator: "Budi") { transaction in
        try transaction.insert("well", ["village": .text("Liwa"), "state": .text("dry")])
    }
    let summary = try await client.sync(over: transport)
    print("pushed \(summary.pushed), pulled \(summary.pulled), \(try client.syncState(id))")
} else {
    print("enrolled:", try client.isEnrolled)
}
changes.cancel()
try client.close()
