import Foundation
import HTTPTransport
import OfflineClient
import SyncProtocol

/// Enrols a device for each code of a file and gives it its first sync, a few at a time.
func enrolCrowd(_ folder: String, to server: String, codes file: String) async throws -> Outcome {
    let codes = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    var outcome = Outcome()
    let watch = Stopwatch()
    outcome.pulled = try await inTurns(codes.count, width: 4) { number in
        let client = try open("\(folder)/\(number).db")
        let transport = try link(to: server)
        try await client.enrol(code: codes[number], deviceName: "\(number)", server: server, over: transport)
        let summary = try await client.sync(over: transport)
        try client.close()
        return summary.pulled
    }
    outcome.take(watch)
    outcome.count = codes.count
    return outcome
}

/// Many connected offices, of which each syncs edits of a case of its own at a random moment of the span.
func crowd(
    _ folder: String, over server: String, rows file: String, offices: Int, edits: Int, seconds: Double
) async throws -> Outcome {
    var rows = try Rows(path: file)
    let cases = try rows.next(offices, office: nil)
    guard cases.count == offices else { throw DriverError("\(file) has \(cases.count) cases for \(offices) offices") }
    var members: [(client: OfflineClient, transport: LibcurlTransport)] = []
    for (number, row) in cases.enumerated() {
        let client = try open("\(folder)/\(number).db")
        try client.write(operator: "bench") { transaction in
            for edit in 0..<edits {
                try transaction.update("cases", row.id, ["title": .text("\(number): edit \(edit)")])
            }
        }
        members.append((client, try link(to: server)))
    }
    // Connected, as a device is that asked a moment ago.
    let connecting = members
    _ = try await inTurns(offices, width: 4) { number in
        let (client, transport) = connecting[number]
        var session = SyncSession(client)
        if case .send(let message) = try session.next(), case .syncRequest(var request) = try Message(decoding: message)
        {
            request.changes = []
            request.pageBytes = 0
            _ = try await transport.sync(request.encoded, credential: try client.credential())
        }
        return 0
    }
    return try await syncAtRandom(members, edits: edits, seconds: seconds)
}

private func syncAtRandom(
    _ members: [(client: OfflineClient, transport: LibcurlTransport)], edits: Int, seconds: Double
) async throws -> Outcome {
    var outcome = Outcome()
    let watch = Stopwatch()
    let threads = Threads()
    let results = await withTaskGroup(of: Visit?.self) { group in
        var seed: UInt64 = 5
        for (client, transport) in members {
            // A linear congruential generator (Knuth's MMIX): the same moments in every run.
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let moment = Double(seed >> 33) / Double(UInt32.max >> 1) * seconds
            group.addTask(executorPreference: threads) {
                do {
                    try await Task.sleep(for: .seconds(moment))
                    return try await visit(client, transport, edits: edits)
                } catch {
                    FileHandle.standardError.write(Data("a sync failed: \(error)\n".utf8))
                    return nil
                }
            }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
    outcome.take(watch)
    outcome.count = results.count
    outcome.failures = results.count { $0 == nil }
    let visits = results.compactMap { $0 }
    outcome.pulled = visits.reduce(0) { $0 + $1.pulled }
    outcome.times = ["sync": visits.map(\.whole), "answers": visits.map(\.answers)]
    for (client, _) in members { try client.close() }
    return outcome
}

/// One sync of one office: milliseconds of all of it, and of waiting for the server's answers.
private struct Visit {
    var whole = 0.0
    var answers = 0.0
    var pulled = 0
}

private func visit(_ client: OfflineClient, _ transport: LibcurlTransport, edits: Int) async throws -> Visit? {
    var visit = Visit()
    let watch = Stopwatch()
    let credential = try client.credential()
    var session = SyncSession(client)
    while case .send(let message) = try session.next() {
        let waiting = Stopwatch()
        let answer = try await transport.sync(message, credential: credential)
        visit.answers += waiting.wall * 1000
        try session.received(answer)
    }
    visit.whole = watch.wall * 1000
    visit.pulled = session.progress.pulled
    return session.progress.pushed == edits ? visit : nil
}

/// A thread for whoever needs one: offices on machines of their own don't wait for each other's disks.
private final class Threads: TaskExecutor {
    private let queue = DispatchQueue(label: "offices", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs a body for each number below a count, at most `width` of them at once, and adds up what they return.
private func inTurns(
    _ count: Int, width: Int, _ body: @escaping @Sendable (Int) async throws -> Int
) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
        var (sum, next) = (0, 0)
        while next < min(width, count) {
            let number = next
            group.addTask { try await body(number) }
            next += 1
        }
        while let result = try await group.next() {
            sum += result
            guard next < count else { continue }
            let number = next
            group.addTask { try await body(number) }
            next += 1
        }
        return sum
    }
}
