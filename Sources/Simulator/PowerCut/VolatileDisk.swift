import Synchronization

/// The disk of one machine as a power cut would leave it: what each file durably holds, and what was done since.
///
/// Programs write to real files through ``VolatileDiskVFS``, which tells this object; a file's bytes are durable when it
/// was synced, a name when its folder was.
final class VolatileDisk: Sendable {
    /// Something that was done to a file and not synced yet.
    enum Step {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    /// One file, whatever its name.
    struct Content {
        var durable: [UInt8]
        var steps: [Step] = []
    }

    /// What the disk holds and what it would hold after a cut.
    struct Surface {
        var files: [Int: Content] = [:]
        /// What programs see.
        var names: [String: Int] = [:]
        /// What the folder durably lists.
        var durableNames: [String: Int] = [:]

        /// Whether nothing would be lost by a cut.
        var isSettled: Bool { names == durableNames && files.values.allSatisfy(\.steps.isEmpty) }
    }

    /// A moment at which the power may fail.
    struct Moment {
        let surface: Surface
        /// What was about to be synced, or `rest` for a moment after something was acknowledged.
        let place: String
        /// By file, how many commits had been made and how many of them had been acknowledged to somebody.
        let committed: [String: Int]
        let acknowledged: [String: Int]
    }

    fileprivate struct State {
        var surface = Surface()
        var nextFile = 0
        /// By file, what stood in it after each commit; nil where it could not be read.
        var commits: [String: [UInt64?]] = [:]
        var acknowledged: [String: Int] = [:]
        var moments: [Moment] = []
        var isRecording = true
    }

    /// The folder whose files are on this disk.
    let folder: String
    /// The name whose syncs this disk only pretends to do, to see whether the checks notice.
    let lie: String?
    private let state = Mutex(State())

    init(folder: String, lie: String? = nil) {
        self.folder = folder
        self.lie = lie
    }

    // MARK: What the programs do

    /// A file was opened, and was made if it is new here.
    func opened(_ name: String, holding bytes: @autoclosure () -> [UInt8]) {
        state.withLock { state in
            if state.surface.names[name] != nil { return }
            state.nextFile += 1
            state.surface.files[state.nextFile] = Content(durable: bytes())
            state.surface.names[name] = state.nextFile
        }
    }

    func did(_ step: Step, to name: String) {
        state.withLock { state in
            if let file = state.surface.names[name] { state.surface.files[file]?.steps.append(step) }
        }
    }

    /// A sync: just before it the power may fail, after it the file is durable.
    func sync(_ name: String, withFolder: Bool) {
        state.withLock { state in
            if state.isRecording { state.moments.append(state.moment(name)) }
            if name == lie { return }
            if let file = state.surface.names[name], var content = state.surface.files.removeValue(forKey: file) {
                for step in content.steps { content.durable.take(step) }
                content.steps = []
                state.surface.files[file] = content
            }
            if withFolder { state.syncFolder() }
        }
    }

    func removed(_ name: String, withFolder: Bool) {
        state.withLock { state in
            state.surface.names[name] = nil
            if withFolder { state.syncFolder() }
        }
    }

    /// A commit was made in a database file, which then held this.
    func committed(_ name: String, _ contents: UInt64?) {
        state.withLock { $0.commits[name, default: []].append(contents) }
    }

    // MARK: What the checks ask

    /// Everything that was committed so far has been acknowledged to somebody.
    func acknowledge() {
        state.withLock { state in
            state.acknowledged = state.commits.mapValues(\.count)
            if state.isRecording { state.moments.append(state.moment("rest")) }
        }
    }

    /// The moments since the last call.
    func takeMoments() -> [Moment] {
        state.withLock { state in
            defer { state.moments = [] }
            return state.moments
        }
    }

    /// What a database file held after each commit, the state before the first one included.
    func commits(of name: String) -> [UInt64?] { state.withLock { [nil] + ($0.commits[name] ?? []) } }

    var surface: Surface { state.withLock { $0.surface } }

    /// Whether moments are noted.
    func record(_ isRecording: Bool) { state.withLock { $0.isRecording = isRecording } }
}

extension VolatileDisk.State {
    fileprivate func moment(_ place: String) -> VolatileDisk.Moment {
        VolatileDisk.Moment(
            surface: surface, place: place, committed: commits.mapValues(\.count), acknowledged: acknowledged)
    }

    fileprivate mutating func syncFolder() {
        surface.durableNames = surface.names
        let kept = Set(surface.names.values)
        surface.files = surface.files.filter { kept.contains($0.key) }
    }
}

extension [UInt8] {
    /// Does to these bytes what was done to the file that they are of.
    mutating func take(_ step: VolatileDisk.Step) {
        switch step {
        case .truncate(let size):
            if size < count { removeLast(count - size) } else { fill(to: size) }
        case .write(let offset, let bytes):
            fill(to: offset + bytes.count)
            replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }

    private mutating func fill(to size: Int) {
        if size > count { append(contentsOf: [UInt8](repeating: 0, count: size - count)) }
    }
}
