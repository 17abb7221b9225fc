/// What a seed stands for.
///
/// Each seed switches faults on and off, so that some histories meet only a few of them and get deep, and others meet
/// all.
struct Options: CustomStringConvertible {
    var replicas = 0
    var steps = 0
    var records = 0
    /// Percentages, per message.
    var lostRequests = 0.0
    var lostAnswers = 0.0
    var duplicates = 0.0
    var truncated = 0.0
    /// The longest time that a message is under way, in milliseconds.
    var delay = 0
    /// The longest time that passes between two steps, in milliseconds.
    var pause = 0
    var pageBytes = 0
    /// Percentages, per step.
    var crashes = 0.0
    var partitions = 0.0
    var clockJumps = 0.0
    var fullDisks = 0.0
    var epochs = 0.0
    /// How often a database is backed up, restored, or copied to another device.
    var copies = 0.0
    var syncs = 0.0
    /// Whether clocks are off from the start.
    var skew = false
    /// Whether devices have older, newer or wrong schemas.
    var schemas = false
    /// Whether the server starts with the older schema.
    var oldServer = false
    /// Whether several requests share a commit.
    var batches = false
    /// Whether two processes work on one client database.
    var processes = false
    /// Whether two offices may make a record of the same id.
    var sameIDs = false
    /// Whether records are deleted and brought back.
    var deletes = false
    /// Whether devices join long after the others began.
    var late = false
    /// Whether conflicts are decided and actions undone.
    var decisions = false

    // What came later is drawn apart, so that older seeds keep their meaning where it is off.

    /// How often rules of scope, offices and escrow are changed; 0 where there is one office and no rule.
    var scopes = 0.0
    /// How often the centre's records may be restored from a backup, which loses what came since.
    var restores = 0
    /// How often days pass or deleted records are forgotten; 0 where they are kept for ever.
    var collection = 0.0
    /// How often devices are revoked, reinstated, enrolled again.
    var revocations = 0.0
    /// How often values are erased.
    var redactions = 0.0

    /// How often people work on what a restore of the centre lost, while others have it and no link.
    var contests = 0.0
    /// How often somebody makes a record that was forgotten.
    var remakes = 0.0

    /// How often a write or a sync of a file fails, or the process dies in it; per step of a device, and per answer.
    var failures = 0.0

    /// How often something more is deleted once there is a backup, so that a restore loses it or meets it.
    var lostDeletes = 0.0

    /// How often something was added to the options.
    static let generations = 5

    /// - Parameter generation: how much of what is drawn apart to take: 1 for none of it, 2 for what came first.
    init(seed: UInt64, generation: Int = Options.generations) {
        var random = SeededRandom(seed: seed &+ 0x5EED)
        func often(_ most: Double, _ percent: Double = 50) -> Double {
            let isOn = random.chance(percent)
            let share = Double(random.pick(1...100)) / 100
            return isOn ? most * share : 0
        }
        replicas = random.pick(2...(random.chance(30) ? 6 : 3))
        steps = random.pick(40...(random.chance(20) ? 400 : 160))
        records = random.pick([2, 4, 8, 30]) ?? 4
        lostRequests = often(30)
        lostAnswers = often(30)
        duplicates = often(50)
        truncated = often(5)
        delay = random.pick([100, 5000, 60_000, 86_400_000]) ?? 100
        pause = random.pick([2, 100, 10_000, 3_600_000]) ?? 100
        pageBytes = random.pick([1, 100, 400, 2000, 524_288]) ?? 400
        crashes = often(4)
        partitions = often(3)
        clockJumps = often(15)
        fullDisks = often(3, 20)
        epochs = often(2, 10)
        copies = often(6, 25)
        syncs = Double(random.pick([5, 15, 40]) ?? 15)
        skew = random.chance(50)
        schemas = random.chance(40)
        oldServer = schemas && random.chance(40)
        batches = random.chance(30)
        processes = random.chance(25)
        sameIDs = random.chance(15)
        deletes = random.chance(60)
        decisions = random.chance(60)
        late = random.chance(40)
        if generation > 1 { addLater(seed) }
        // These three did not come together before, and older seeds keep their meaning.
        if generation < 4, restores > 0, scopes > 0 { collection = 0 }
        if generation > 2 { addContests(seed) }
        if generation > 4 {
            var random = SeededRandom(seed: seed &+ 0xD15C)
            failures = random.chance(40) ? Double(random.pick(1...20)) : 0
            lostDeletes = restores > 0 && random.chance(50) ? Double(random.pick(5...40)) : 0
        }
    }

    private mutating func addContests(_ seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 0xC0_47E5)
        contests = random.chance(70) ? Double(random.pick(30...90)) : 0
        remakes = random.chance(70) ? Double(random.pick(1...20)) : 0
    }

    private mutating func addLater(_ seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 0xADDED)
        func often(_ most: Double, _ percent: Double) -> Double {
            let isOn = random.chance(percent)
            let share = Double(random.pick(1...100)) / 100
            return isOn ? most * share : 0
        }
        scopes = often(8, 35)
        restores = random.chance(30) ? random.pick(1...2) : 0
        collection = often(6, 25)
        revocations = often(5, 20)
        redactions = often(4, 20)
    }

    /// Whether cases name persons, by values that are found wherever they stand.
    var hasPersons: Bool { scopes > 0 || redactions > 0 }

    var description: String {
        Mirror(reflecting: self).children.map { "\($0.label ?? "")=\($0.value)" }.joined(separator: " ")
    }
}
