import Foundation
import SyncProtocol
import Synchronization

/// Scopes and classes by their numbers, which never change their meaning once they are committed, and so are remembered
/// then.
final class ScopeCatalogue: Sendable {
    private struct Known {
        var rules: (version: Int64, checked: CheckedRules?)?
        var numbers: [Scope: Int64] = [Scope.everything: 0]
        var scopes: [Int64: Scope] = [0: .everything]
        var classes: [Int64: ClassKey] = [:]
        /// By office the numbers of the scopes that it is known to have had.
        var had: [String: Set<Int64>] = [:]
    }

    private let schema: Schema
    private let known = Mutex(Known())

    init(_ schema: Schema) { self.schema = schema }

    /// Remembers what was read in a snapshot, where it stays.
    private func remember(from snapshot: any ScopeSnapshot, _ body: (inout Known) -> Void) {
        if snapshot.isLasting { known.withLock { body(&$0) } }
    }

    // MARK: Rules

    /// The rules of now, with the version that they are; nil where there are none.
    func rules(_ snapshot: any ScopeSnapshot) throws -> (version: Int64, checked: CheckedRules?) {
        guard let stored = try snapshot.scopeRules() else { return (0, nil) }
        if let rules = known.withLock({ $0.rules }), rules.version == stored.version { return rules }
        let checked = try CheckedRules(
            JSONDecoder().decode(StoredRules.self, from: Data(stored.json)), schema: schema)
        remember(from: snapshot) { $0.rules = (stored.version, checked) }
        return (stored.version, checked)
    }

    /// What writes records in a transaction; first it puts them into their classes, if the rules have changed.
    func writer(_ transaction: any CentralTransaction) throws -> RecordWriter {
        let rules = try rules(transaction)
        var writer = try RecordWriter(transaction, schema: schema, rules: rules.checked)
        if writer.state.classedBy != rules.version { try writer.classifyAll(version: rules.version) }
        return writer
    }

    // MARK: Scopes

    /// The number of a scope; nil for one that was never given a number.
    func number(of scope: Scope, _ snapshot: any ScopeSnapshot) throws -> Int64? {
        if let number = known.withLock({ $0.numbers[scope] }) { return number }
        guard let number = try snapshot.scopeNumber(of: scope.encoded) else { return nil }
        remember(from: snapshot) {
            $0.numbers[scope] = number
            $0.scopes[number] = scope
        }
        return number
    }

    /// Whether an office has had the scope of a number.
    func has(_ office: String, had number: Int64, _ snapshot: any ScopeSnapshot) throws -> Bool {
        if known.withLock({ $0.had[office]?.contains(number) }) == true { return true }
        guard try snapshot.has(office, had: number) else { return false }
        remember(from: snapshot) { $0.had[office, default: []].insert(number) }
        return true
    }

    /// The scopes of a cursor that its office has had: of another one its bearer would be told each record that leaves it.
    func scopes(of cursor: PullCursor, _ office: String, _ snapshot: any ScopeSnapshot) throws -> [Int64] {
        try cursor.scopes.filter { try has(office, had: $0, snapshot) }
    }

    func scope(_ number: Int64, _ snapshot: any ScopeSnapshot) throws -> Scope? {
        if let scope = known.withLock({ $0.scopes[number] }) { return scope }
        guard let bytes = try snapshot.scope(number) else { return nil }
        let scope = try Scope(decoding: bytes)
        remember(from: snapshot) { $0.scopes[number] = scope }
        return scope
    }

    // MARK: Who sees what

    /// What fits a class of records in a scope; nil where all of it is free.
    func grants(_ scope: Scope, _ classNumber: Int64, _ snapshot: any ScopeSnapshot) throws -> [Scope.Grant]? {
        if scope.isEverything || classNumber == 0 { return nil }
        let key = try key(classNumber, snapshot)
        guard scope.governed.contains(key.collection) else { return nil }
        let parentIsSeen = try key.parent.map { try sees(scope, $0, snapshot) } ?? false
        return scope.grants(for: key, parentIsSeen: parentIsSeen)
    }

    /// Whether records of a class are in a scope.
    func sees(_ scope: Scope, _ classNumber: Int64, _ snapshot: any ScopeSnapshot) throws -> Bool {
        try grants(scope, classNumber, snapshot)?.isEmpty != true
    }

    private func key(_ number: Int64, _ snapshot: any ScopeSnapshot) throws -> ClassKey {
        if let key = known.withLock({ $0.classes[number] }) { return key }
        guard let bytes = try snapshot.classKey(number) else {
            throw ProtocolError(.invalid, at: 0, "class \(number) of records has no key")
        }
        let key = try ClassKey(decoding: bytes)
        remember(from: snapshot) { $0.classes[number] = key }
        return key
    }
}
