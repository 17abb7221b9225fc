import Foundation
import OfflineClient
import SyncProtocol

/// Takes in the cases of a file, offline, a thousand to a transaction.
func make(_ path: String, rows file: String, office: Int?) throws -> Outcome {
    let client = try open(path)
    var rows = try Rows(path: file)
    var outcome = Outcome()
    while case let batch = try rows.next(1000, office: office), !batch.isEmpty {
        let watch = Stopwatch()
        try client.write(operator: "bench") { transaction in
            for row in batch { try transaction.insert("cases", row.fields, id: row.id) }
        }
        outcome.take(watch)
        outcome.count += batch.count
    }
    try client.close()
    return outcome
}

/// Writes the edits of a file, offline.
func edit(_ path: String, rows file: String, office: Int?) throws -> Outcome {
    let client = try open(path)
    var rows = try Rows(path: file)
    var outcome = Outcome()
    while case let batch = try rows.next(1000, office: office), !batch.isEmpty {
        let watch = Stopwatch()
        try client.write(operator: "bench") { transaction in
            for row in batch {
                guard try transaction.update("cases", row.id, row.fields) else {
                    throw DriverError("an edit of \(row.id) changes nothing")
                }
            }
        }
        outcome.take(watch)
        outcome.count += batch.count
    }
    try client.close()
    return outcome
}

/// Pushes all that waits, and asks for no page.
func push(_ path: String, to server: String) async throws -> Outcome {
    let client = try open(path)
    let transport = PushingTransport(inner: try link(to: server))
    let waiting = try client.status().pending
    let watch = Stopwatch()
    let credential = try client.credential()
    var session = SyncSession(client)
    while session.progress.pushed + session.progress.refused < waiting, case .send(let message) = try session.next() {
        try session.received(try await transport.sync(message, credential: credential))
    }
    var outcome = outcome(of: session.progress)
    outcome.take(watch)
    guard session.progress.pushed == waiting else {
        throw DriverError("\(session.progress.pushed) of \(waiting) changes were taken")
    }
    try client.close()
    return outcome
}

/// Syncs whole, once.
func sync(_ path: String, with server: String) async throws -> Outcome {
    let client = try open(path)
    let transport = try link(to: server)
    let watch = Stopwatch()
    var outcome = outcome(of: try await client.sync(over: transport))
    outcome.take(watch)
    try client.close()
    return outcome
}

/// Syncs again and again with nothing to do.
func idle(_ path: String, with server: String, count: Int) async throws -> Outcome {
    let client = try open(path)
    let transport = try link(to: server)
    var outcome = Outcome()
    for _ in 0..<count {
        let watch = Stopwatch()
        let summary = try await client.sync(over: transport)
        outcome.times["sync", default: []].append(watch.wall * 1000)
        outcome.take(watch)
        outcome.roundTrips = max(outcome.roundTrips, summary.roundTrips)
        outcome.pulled += summary.pulled
        outcome.count += 1
    }
    try client.close()
    return outcome
}

/// One device edits one field and syncs, the other pulls, again and again.
func rounds(_ first: String, _ second: String, over server: String, rows file: String, count: Int) async throws
    -> Outcome
{
    let (writer, reader) = (try open(first), try open(second))
    let (out, back) = (try link(to: server), try link(to: server))
    var rows = try Rows(path: file)
    let cases = try rows.next(count, office: nil)
    _ = try await writer.sync(over: out)
    _ = try await reader.sync(over: back)
    var outcome = Outcome()
    for row in cases {
        let isNormal = try writer.read("cases", row.id)?["urgency"] == .text("normal")
        let saving = Stopwatch()
        let wrote = try writer.write(operator: "bench") { transaction in
            try transaction.update("cases", row.id, ["urgency": .text(isNormal ? "urgent" : "normal")])
        }
        let save = saving.wall
        let pushed = try await writer.sync(over: out)
        let push = saving.wall
        let pulling = Stopwatch()
        let pulled = try await reader.sync(over: back)
        let pull = pulling.wall
        guard wrote, pushed.pushed == 1, pulled.pulled == 1 else { throw DriverError("an edit did not arrive") }
        outcome.times["save", default: []].append(save * 1000)
        outcome.times["save and push", default: []].append(push * 1000)
        outcome.times["pull", default: []].append(pull * 1000)
        outcome.count += 1
        outcome.take(saving)
    }
    try writer.close()
    try reader.close()
    return outcome
}

private func outcome(of summary: SyncSummary) -> Outcome {
    var outcome = Outcome()
    outcome.count = summary.pushed
    outcome.pulled = summary.pulled
    outcome.conflicts = summary.newConflicts
    outcome.roundTrips = summary.roundTrips
    outcome.failures = summary.refused
    return outcome
}
