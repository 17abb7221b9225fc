import CommandFrame
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@testable import OperatorCommands

/// The programs' own; the test library has an `ExitStatus` as well.
typealias Ending = CommandFrame.ExitStatus

extension Province.Result {
    /// The output as one JSON object; empty for anything else.
    var json: [String: Any] { Self.object(output) }

    /// The error of a command that was run with `--json`.
    var error: [String: Any] { Self.object(errors)["error"] as? [String: Any] ?? [:] }

    private static func object(_ text: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
}

extension Province {
    /// Runs a command that must succeed, and returns what it printed for programs.
    @discardableResult
    func done(
        _ office: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [String: Any] {
        let result = try await run(office, arguments + ["--json"])
        #expect(result.status == .done, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
        #expect(!result.json.isEmpty, "\(arguments): \(result.output)", sourceLocation: sourceLocation)
        return result.json
    }

    /// Runs a command that must fail, and returns the name of its error.
    func failure(
        _ office: String, _ status: Ending, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let result = try await run(office, arguments + ["--json"])
        #expect(result.status == status, "\(arguments): \(result.output)", sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        return result.error["kind"] as? String ?? ""
    }

    /// A new case, and its ticket.
    func newCase(_ office: String, _ arguments: String...) async throws -> String {
        let result = try await run(office, ["new", "--title", "Jalan rusak", "--json"] + arguments)
        return try #require(result.json["ticket"] as? String, "\(result.errors)")
    }

    /// The case with a ticket, as it stands in the database of an office.
    func record(_ office: String, _ ticket: String) throws -> Record {
        let client = try client(office)
        defer { try? client.close() }
        let id = try client.query { connection in
            let select = try connection.statement("SELECT id FROM cases WHERE ticket = ?1")
            defer { select.reset() }
            try select.bind(1, text: ticket)
            return try select.step() ? RecordID(bytes: select.bytes(0)) : nil
        }
        return try #require(try id.flatMap { try client.read("cases", $0) })
    }

    /// How many rows a collection has at an office.
    func rows(_ office: String, _ collection: String) throws -> Int64 {
        let client = try client(office)
        defer { try? client.close() }
        return try client.query { try $0.scalar("SELECT count(*) FROM \(collection)") ?? 0 }
    }

    /// Syncs an office.
    func sync(_ office: String) throws {
        let client = try client(office)
        defer { try? client.close() }
        try sync(client)
    }
}
