import Foundation
import SQLite

/// A directory for one test, removed with its last reference.
final class Scratch: Sendable {
    let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "sqlite-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String = "test.db") -> String { directory + "/" + name }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }

    func bytes(_ name: String = "test.db") throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }
}

let testApplicationID: Int32 = 0x5341_4d42

extension Database.Configuration {
    /// One table of numbers, and waits that a busy machine doesn't outlast.
    static var numbers: Database.Configuration {
        var configuration = Database.Configuration(
            applicationID: testApplicationID,
            migrations: [Migration(version: 1, sql: "CREATE TABLE number (n INTEGER PRIMARY KEY, t TEXT) STRICT")])
        configuration.lockWaitMilliseconds = 3_600_000
        configuration.busyTimeoutMilliseconds = 3_600_000
        return configuration
    }

    /// The same where somebody waits in vain.
    static var impatient: Database.Configuration {
        numbers.with {
            $0.lockWaitMilliseconds = 300
            $0.busyTimeoutMilliseconds = 200
        }
    }

    func with(_ change: (inout Database.Configuration) -> Void) -> Database.Configuration {
        var copy = self
        change(&copy)
        return copy
    }
}

extension Connection {
    func insert(_ number: Int64) throws(SQLiteError) {
        let statement = try statement("INSERT INTO number (n) VALUES (?)")
        try statement.bind(1, number)
        try statement.run()
    }

    func count() throws(SQLiteError) -> Int64? { try scalar("SELECT count(*) FROM number") }

    func text(_ sql: String) throws(SQLiteError) -> String {
        let statement = try statement(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.string(0) : ""
    }
}

/// Runs a body on a thread of its own; `wait` gives what it returned or threw.
final class Worker<T: Sendable>: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let result: ResultBox<T>

    init(_ body: @escaping @Sendable () throws -> T) {
        let box = ResultBox<T>()
        let done = done
        result = box
        Thread.detachNewThread {
            box.set(Result { try body() })
            done.signal()
        }
    }

    func wait() throws -> T {
        guard done.wait(timeout: .now() + 1800) == .success, let result = result.get() else { throw WorkerHangs() }
        return try result.get()
    }
}

struct WorkerHangs: Error {}

/// The guard of this unchecked Sendable: the lock.
final class ResultBox<T>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Result<T, any Error>?

    func set(_ new: Result<T, any Error>) { lock.withLock { value = new } }
    func get() -> Result<T, any Error>? { lock.withLock { value } }
}
