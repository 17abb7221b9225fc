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
        let (number, isUpToDate) = try storage.read { snapshot -> (Int64?, Bool) in
            let version = try catalogue.rules(snapshot).version
            let isUpToDate = try version == 0 || snapshot.state().classedBy == version
            let number = try catalogue.number(of: scope(of: device.office, snapshot), snapshot)
            let isNoted = try number.map { try catalogue.has(device.office, had: $0, snapshot) } ?? false
            return (isNoted ? number : nil, isUpToDate)
        }
        if !isUpToDate { try bringClassesUp() }
        return try number ?? storage.write { try noteScope(of: device.office, in: $0) }
    }

    /// Notes which scope an office has now, and gives it a number if it has none; it writes the accounts alone.
    @discardableResult
    func noteScope(of office: String, in transaction: any CentralTransaction) throws -> Int64 {
        let scope = try scope(of: office, transaction)
        let number = try catalogue.number(of: scope, transaction) ?? transaction.addScope(scope.encoded)
        try transaction.note(office, has: number)
        return number
    }

    private func scope(of office: String, _ snapshot: any CentralSnapshot) throws -> Scope {
        let rules = try catalogue.rules(snapshot).checked
        return try snapshot.office(office).flatMap { rules?.scope(of: $0) } ?? .everything
    }
}
