import CallCenter
import CommandFrame
import Foundation
import SyncProtocol

@testable import CentralHTTP
@testable import CentralServer
@testable import HTTPTransport
@testable import ServerCommands

/// What reaches the centre beside messages, and the addresses of both ends.
extension Decoder {
    static let centre: [Decoder] = [
        Decoder("credential", checkCredential), Decoder("scope-rules", checkScopeRules), Decoder("scope", checkScope),
        Decoder("backup-header", checkBackupHeader), Decoder("listen-address", checkListenAddress),
        Decoder("server-address", checkServerAddress),
    ]

    /// A credential is 32 bytes, and written anew it is the same one.
    private static func checkCredential(_ bytes: [UInt8]) throws -> Outcome {
        guard let token = bearerToken(text(bytes)), let secret = CentralEndpoint.secret(token) else { return .refused }
        try expect(secret.count == 32, "a credential of \(secret.count) bytes")
        let written = Data(secret).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").dropLast()
        // 43 signs have two bits more than 32 bytes.
        try expect(token.dropLast() == written.dropLast(), "two credentials are one")
        try expect(CentralEndpoint.secret(String(written)) == secret, "a credential is not read as it is written")
        return .accepted
    }

    /// Rules are read as they are written; those that fit the schema give every office a scope that is stored as it is.
    private static func checkScopeRules(_ bytes: [UInt8]) throws -> Outcome {
        guard let rules = try? JSONDecoder().decode(ScopeRules.self, from: Data(bytes)) else { return .refused }
        let again = try JSONDecoder().decode(ScopeRules.self, from: try JSONEncoder().encode(rules))
        try expect(again == rules, "rules are not read as they are written")
        let schema = try CallCenterSchema.schema
        var stored = StoredRules()
        stored.set(rules)
        let checked: CheckedRules
        do throws(ScopeRuleError) {
            checked = try CheckedRules(stored, schema: schema)
        } catch {
            try expect(!error.description.isEmpty, "an error without words")
            return .refused
        }
        for attributes in [[:], ["role": "agency", "agency": "HEALTH", "district": "LIW"]] {
            let scope = checked.scope(of: OfficeEntry(code: "LIW", name: "Liwa", attributes: attributes))
            try expect(try Scope(decoding: scope.encoded) == scope, "a scope is not read as it is written")
            try expect(rules.rules.isEmpty == scope.isEverything, "a scope without its rules")
        }
        return .accepted
    }

    private static func checkScope(_ bytes: [UInt8]) throws -> Outcome {
        guard let scope = try? Scope(decoding: bytes) else { return .refused }
        try expect(try Scope(decoding: scope.encoded) == scope, "a scope is not read as it is written")
        return .accepted
    }

    /// A header is read as it is written, and each part that it announces holds something.
    private static func checkBackupHeader(_ bytes: [UInt8]) throws -> Outcome {
        do {
            let (header, length) = try BackupFile.header(of: Data(bytes), "a backup")
            try expect(length <= bytes.count, "a header longer than its file")
            let lines = try BackupFile.beginning(with: header)
            let (again, end) = try BackupFile.header(of: Data(lines), "a backup")
            try expect(again == header && end == lines.count, "a header is not read as it is written")
            try expect(header.parts.allSatisfy { $0.bytes > 0 }, "a part that holds nothing")
        } catch let error as CommandError {
            try expect(!error.message.text.isEmpty, "an error without words")
            return .refused
        }
        return .accepted
    }

    /// Where the server listens is read as it is written.
    private static func checkListenAddress(_ bytes: [UInt8]) throws -> Outcome {
        do {
            let (host, port) = try ServeSettings.address(text(bytes))
            let written = (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
            let again = try ServeSettings.address(written)
            try expect(again == (host, port), "an address is not read as it is written")
        } catch let error as CommandError {
            try expect(!error.message.text.isEmpty, "an error without words")
            return .refused
        }
        return .accepted
    }

    /// A device sends its credential nowhere in plain text but to its own machine.
    private static func checkServerAddress(_ bytes: [UInt8]) throws -> Outcome {
        guard let url = URL(string: text(bytes)) else { return .refused }
        let address: URL
        do throws(ServerAddressError) {
            address = try ServerAddress(url, allowsPlaintext: false).url
        } catch {
            try expect(!error.description.isEmpty, "an error without words")
            return .refused
        }
        let host = address.host()?.lowercased() ?? ""
        let isNumber = host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        let isHere = host == "localhost" || host == "::1" || host == "[::1]" || isNumber && host.hasPrefix("127.")
        try expect(address.scheme?.lowercased() == "https" || isHere, "'\(host)' is told the credential in plain text")
        return .accepted
    }
}
