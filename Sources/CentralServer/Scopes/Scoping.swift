import Foundation
import SyncProtocol

extension CentralServer {
    /// The rules that decide who sees and writes what; nil where everybody sees and writes everything.
    public func scopeRules() throws -> ScopeRules? {
        try storage.read { try Self.stored($0).rules }
    }

    private static func stored(_ snapshot: any ScopeSnapshot) throws -> StoredRules {
        try snapshot.scopeRules().map { try JSONDecoder().decode(StoredRules.self, from: Data($0.json)) }
            ?? StoredRules()
    }

    /// Changes the rules, or takes them away.
    ///
    /// It takes effect at each replica's next sync, which fetches what came into its scope, drops what left it, and
    /// transfers nothing of what stays.
    ///
    /// - Throws: ``ScopeRuleError`` for rules that do not fit the schema. Nothing is changed then.
    public func setScopeRules(_ rules: ScopeRules?, by actor: String = "centre") throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try audit(.scopesChanged, "scopes", by: actor, rules == nil ? "off" : "set")
        // Two transactions: whoever comes between them puts the records into their classes.
        try storage.write { transaction in
            var stored = try Self.stored(transaction)
            stored.set(rules)
            _ = try CheckedRules(stored, schema: schema)
            try transaction.saveScopeRules(Array(try encoder.encode(stored)))
        }
        try bringClassesUp()
    }

    /// Puts the records into the classes of the rules of now, if they are not there.
    private func bringClassesUp() throws {
        try storage.write { transaction in
            var writer = try catalogue.writer(transaction)
            try writer.finish()
        }
    }

    /// The number of the scope of a device's office.
    func scopeNumber(of device: DeviceEntry) throws -> Int64 {
        let (scope, number, isUpToDate) = try storage.read { snapshot in
            let rules = try catalogue.rules(snapshot)
            let scope = try snapshot.office(device.office).flatMap { rules.checked?.scope(of: $0) } ?? .everything
            let isUpToDate = try rules.version == 0 || snapshot.state().classedBy == rules.version
            return (scope, try catalogue.number(of: scope, snapshot), isUpToDate)
        }
        if !isUpToDate { try bringClassesUp() }
        if let number { return number }
        return try storage.write { transaction in
            try transaction.scopeNumber(of: scope.encoded) ?? transaction.addScope(scope.encoded)
        }
    }
}
