/// What the disk may hold when the power comes back.
enum CutImage: String, CaseIterable {
    /// Nothing of what was not synced.
    case none
    /// All of it.
    case all
    /// Any part of it.
    case subset
    /// Any part of it, and of each write any of its sectors.
    case torn

    /// A disk keeps or loses a sector as a whole.
    static let sector = 512

    /// The files of a disk after a cut.
    func files(of surface: VolatileDisk.Surface, _ random: inout SeededRandom) -> [String: [UInt8]] {
        // Now and then what is kept is a beginning, as from a disk that works in order.
        let isOrdered = random.chance(25)
        var kept: [Int: [UInt8]] = [:]
        for (file, content) in surface.files.sorted(by: { $0.key < $1.key }) {
            kept[file] = bytes(of: content, isOrdered: isOrdered, &random)
        }
        var files: [String: [UInt8]] = [:]
        for name in Set(surface.names.keys).union(surface.durableNames.keys).sorted() {
            let (now, durable) = (surface.names[name], surface.durableNames[name])
            let file: Int? =
                switch self {
                case .none: durable
                case .all: now
                case .subset, .torn: random.chance(50) ? now : durable
                }
            if let file { files[name] = kept[file] }
        }
        return files
    }

    private func bytes(
        of content: VolatileDisk.Content, isOrdered: Bool, _ random: inout SeededRandom
    ) -> [UInt8] {
        var bytes = content.durable
        let steps = content.steps
        switch self {
        case .none: break
        case .all: for step in steps { bytes.take(step) }
        case .subset where isOrdered: for step in steps.prefix(random.pick(0...steps.count)) { bytes.take(step) }
        case .subset: for step in steps where random.chance(50) { bytes.take(step) }
        case .torn where isOrdered && !steps.isEmpty:
            let last = random.pick(0...steps.count - 1)
            for step in steps[..<last] { bytes.take(step) }
            tear(steps[last], &bytes, &random)
        case .torn: for step in steps { tear(step, &bytes, &random) }
        }
        return bytes
    }

    private func tear(_ step: VolatileDisk.Step, _ file: inout [UInt8], _ random: inout SeededRandom) {
        guard case .write(let offset, let bytes) = step else {
            if random.chance(50) { file.take(step) }
            return
        }
        var start = 0
        while start < bytes.count {
            // Sectors lie on the disk, not in the write.
            let end = min(bytes.count, ((offset + start) / Self.sector + 1) * Self.sector - offset)
            if random.chance(50) {
                file.take(.write(offset: offset + start, bytes: Array(bytes[start..<end])))
            }
            start = end
        }
    }
}
