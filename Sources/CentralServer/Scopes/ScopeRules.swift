import SyncProtocol

/// The rules that decide what a replica sees and may write: data of the server.
///
/// A collection that no rule names is seen and written by all. Of one that a rule names, a replica sees the records
/// that one of its rules fits.
public struct ScopeRules: Sendable, Hashable, Codable {
    /// Collections whose records belong to a record of another one, with the field that names it: a note to its case.
    ///
    /// Whenever that record moves into another scope, they move with it. Entries of the conflict log follow the record
    /// that they name without being listed here.
    public var follow: [String: String]
    /// The rules; any one that fits is enough.
    public var rules: [ScopeRule]

    /// Makes rules.
    public init(follow: [String: String] = [:], rules: [ScopeRule]) {
        self.follow = follow
        self.rules = rules
    }
}

/// One rule: whom it is for, which records it fits, and what it allows.
public struct ScopeRule: Sendable, Hashable, Codable {
    /// The collection.
    public var collection: String
    /// The role of the offices that it is for; nil for every office.
    public var role: String?
    /// What the record's fields must hold, all of them: by the name of the field a text, or `$` and the name of an
    /// attribute of the replica's office (`$office` is its code).
    public var match: [String: String]?
    /// Whether the record that it follows must be seen as well.
    public var parent: Bool?
    /// The fields that may be written, by name; `*` for all, `deleted` for deleting; nil for none.
    public var write: [String]?
    /// The fields that may not be written although ``write`` is `*`.
    public var except: [String]?

    /// Makes a rule.
    public init(
        collection: String, role: String? = nil, match: [String: String]? = nil, parent: Bool? = nil,
        write: [String]? = nil, except: [String]? = nil
    ) {
        self.collection = collection
        self.role = role
        self.match = match
        self.parent = parent
        self.write = write
        self.except = except
    }
}

/// The rules as they are stored, with what any rules before them looked at.
///
/// Records stay in classes by all of it, so that a scope of former rules can still be told from the one of now.
struct StoredRules: Codable {
    var rules: ScopeRules?
    /// By collection the names of the fields that rules look at or looked at.
    var fields: [String: Set<String>] = [:]
    var follow: [String: String] = [:]

    mutating func set(_ rules: ScopeRules?) {
        self.rules = rules
        for rule in rules?.rules ?? [] {
            fields[rule.collection, default: []].formUnion((rule.match ?? [:]).keys)
        }
        follow.merge(rules?.follow ?? [:]) { $1 }
        // What follows a record is classed with it, though no rule names it yet: once that record is collected, nobody
        // else knows where it was.
        if rules == nil { return }
        for name in follow.keys + [ConflictLog.collection.name] where fields[name] == nil { fields[name] = [] }
    }
}

/// Rules with the names of a schema looked up.
struct CheckedRules: Sendable {
    /// The collections that a rule names.
    private let governed: Set<CollectionNumber>
    /// By collection whose records stand in classes the fields that rules look at or looked at, ascending.
    let fields: [CollectionNumber: [FieldNumber]]
    /// By collection the field that names the record it follows, and that one's collection.
    let follows: [CollectionNumber: (field: FieldNumber, parent: CollectionNumber)]
    private let rules: [(rule: ScopeRule, collection: CollectionSchema)]

    /// Looks the names up.
    ///
    /// - Throws: ``ScopeRuleError`` that names the first rule which does not fit the schema.
    init(_ stored: StoredRules, schema: Schema) throws(ScopeRuleError) {
        var checked: [(rule: ScopeRule, collection: CollectionSchema)] = []
        for rule in stored.rules?.rules ?? [] {
            guard let collection = schema[rule.collection] else {
                throw ScopeRuleError("no collection is named \(rule.collection)")
            }
            for name in (rule.match ?? [:]).keys.sorted() {
                guard collection[name]?.type == .text else {
                    throw ScopeRuleError("\(collection.name) has no field \(name) of type text")
                }
            }
            for name in (rule.write ?? []) + (rule.except ?? []) where name != "*" && name != "deleted" {
                guard collection[name] != nil else {
                    throw ScopeRuleError("\(collection.name) has no field \(name)")
                }
            }
            guard rule.except == nil || rule.write == ["*"] else {
                throw ScopeRuleError("\(collection.name): except stands only beside write *")
            }
            let follows = collection.number == ConflictLog.number || stored.follow[collection.name] != nil
            guard rule.parent != true || follows else {
                throw ScopeRuleError("\(collection.name) follows no record")
            }
            checked.append((rule, collection))
        }
        var follows: [CollectionNumber: (field: FieldNumber, parent: CollectionNumber)] = [:]
        for (name, fieldName) in stored.follow.sorted(by: { $0.key < $1.key }) {
            guard let collection = schema[name], let field = collection[fieldName],
                let parent = field.reference.flatMap({ schema[$0] }), parent.number != collection.number
            else { throw ScopeRuleError("\(name).\(fieldName) is no reference to another collection") }
            follows[collection.number] = (field.number, parent.number)
        }
        for start in follows.keys {
            var seen: Set<CollectionNumber> = [start]
            var next = follows[start]?.parent
            while let number = next {
                guard seen.insert(number).inserted else { throw ScopeRuleError("follow goes in a circle") }
                next = follows[number]?.parent
            }
        }
        self.rules = checked
        var fields: [CollectionNumber: [FieldNumber]] = [:]
        for (name, names) in stored.fields {
            guard let collection = schema[name] else { continue }
            fields[collection.number] = names.compactMap { collection[$0]?.number }.sorted()
        }
        self.fields = fields
        self.follows = follows
        governed = Set(checked.map(\.collection.number))
    }

    /// What the rules give to an office.
    func scope(of office: OfficeEntry) -> Scope {
        var attributes = office.attributes
        attributes["office"] = office.code
        let role = office.attributes["role"] ?? OfficeEntry.usualRole
        var grants: [Scope.Grant] = []
        for (rule, collection) in rules where rule.role == nil || rule.role == role {
            var conditions: [FieldValue] = []
            var fits = true
            for (name, wanted) in rule.match ?? [:] {
                let text = wanted.hasPrefix("$") ? attributes[String(wanted.dropFirst())] : wanted
                // An attribute that the office does not have fits nothing.
                guard let field = collection[name], let text, let value = try? EncodedValue(.text(text)) else {
                    fits = false
                    break
                }
                conditions.append(FieldValue(field.number, value))
            }
            guard fits else { continue }
            func numbers(_ names: [String]) -> [FieldNumber] {
                names.compactMap { $0 == "deleted" ? .deleted : collection[$0]?.number }.sorted()
            }
            let writes: Scope.Writes =
                rule.write == ["*"] ? .allBut(numbers(rule.except ?? [])) : .only(numbers(rule.write ?? []))
            grants.append(
                Scope.Grant(
                    collection: collection.number, conditions: FieldMap(conditions),
                    throughParent: rule.parent ?? false, writes: writes))
        }
        return Scope(governed: governed.sorted(), grants: grants)
    }
}

/// A rule that does not fit the schema.
public struct ScopeRuleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, naming the declaration.
    public let description: String

    init(_ description: String) { self.description = description }
}
