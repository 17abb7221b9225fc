/// What must come of a history, told without versions of bases, units or the product's code: each write carries the set
/// of writes that its writer knew of, and everything is looked up in lists.
struct NaiveModel {
    /// One write of one field.
    struct Write: Hashable {
        let id: Int
        let replica: UInt32
        let time: UInt64
        let field: Int
        let value: String
        let known: Set<Int>

        var isDelete: Bool { field == 0 && value == "deleted" }
        func isBefore(_ other: Write) -> Bool { (time, replica) < (other.time, other.replica) }
        /// Whether neither writer knew of the other's write.
        func isApart(_ other: Write) -> Bool {
            replica != other.replica && !known.contains(other.id) && !other.known.contains(id)
        }
    }

    struct Entry: Hashable {
        let kind: String
        let losing: Int
        let winning: Int
    }

    /// The writes that arrived, in their order.
    private(set) var arrived: [Write] = []
    private(set) var entries: Set<Entry> = []

    /// The greatest write of a field, or nil where only the creation wrote it.
    func current(_ field: Int) -> Write? {
        arrived.filter { $0.field == field }.max { $0.isBefore($1) }
    }

    var isDeleted: Bool { current(0)?.isDelete == true }

    mutating func arrive(_ write: Write) {
        var found: Set<Entry> = []
        if let held = current(write.field), held.isApart(write), held.value != write.value {
            let (losing, winning) = write.isBefore(held) ? (write, held) : (held, write)
            found.insert(Entry(kind: "hard", losing: losing.id, winning: winning.id))
        }
        if write.field != 0, isDeleted, let delete = current(0), delete.isApart(write) {
            found.insert(Entry(kind: "delete", losing: write.id, winning: delete.id))
        }
        if write.isDelete, !isDeleted, current(0)?.isBefore(write) != false {
            for edit in [1, 2].compactMap(current) where edit.isApart(write) {
                found.insert(Entry(kind: "delete", losing: edit.id, winning: write.id))
            }
        }
        if found.isEmpty, write.field != 0, !isDeleted {
            let others = [0, 1, 2].compactMap(current).filter { $0.field != write.field && $0.isApart(write) }
            if let other = others.max(by: { $0.isBefore($1) }) {
                found.insert(Entry(kind: "soft", losing: write.id, winning: other.id))
            }
        }
        // What a losing write held stands in the log once: a second loss adds nothing. A soft entry has no loser.
        for entry in found.sorted(by: { $0.kind > $1.kind })
        where !entries.contains(where: { $0.losing == entry.losing && ($0.kind == "soft") == (entry.kind == "soft") }) {
            entries.insert(entry)
        }
        arrived.append(write)
    }

    /// The writes whose value was lost without a trace (I1 and I2 of the invariants).
    ///
    /// No write of the same value is current, in an entry, or was replaced by somebody who knew it.
    var lost: [Write] {
        arrived.filter { write in
            !arrived.contains { $0.field == write.field && $0.value == write.value && isAccountedFor($0) }
        }
    }

    private func isAccountedFor(_ write: Write) -> Bool {
        current(write.field)?.id == write.id || entries.contains { $0.losing == write.id }
            || arrived.contains { later in
                later.field == write.field && write.isBefore(later)
                    && (later.known.contains(write.id) || later.replica == write.replica)
            }
    }
}
