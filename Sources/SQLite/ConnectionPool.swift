import Glibc

/// Lends connections, each to one thread at a time, first come first served.
///
/// The guard of this unchecked Sendable: every stored variable is read and written under `mutex`, and a
/// connection is used only by the thread that took it.
final class ConnectionPool: @unchecked Sendable {
    /// Why no connection was lent.
    enum Failure: Error {
        case closed
        case timedOut(waitedSeconds: Double)
    }

    /// A connection, and whether this thread held it before.
    struct Loan {
        let connection: Connection
        let isNested: Bool
    }

    private let capacity: Int
    private let open: @Sendable () throws -> Connection
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    private var idle: [Connection]
    private var lent: [(thread: pthread_t, connection: Connection)] = []
    private var opening = 0
    private var queue: [UInt64] = []
    private var lastTicket: UInt64 = 0
    private var isClosed = false

    /// A pool that opens a connection when none is idle, up to its capacity.
    init(capacity: Int, idle: [Connection] = [], open: @escaping @Sendable () throws -> Connection) {
        self.capacity = capacity
        self.idle = idle
        self.open = open
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Whether the calling thread holds a connection.
    var isHeldByThisThread: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return ownLoan() != nil
    }

    /// Takes a connection.
    ///
    /// A thread that holds one gets the same again, without waiting for itself.
    func take(waitingMilliseconds: Int) throws -> Loan {
        pthread_mutex_lock(mutex)
        if let connection = ownLoan() {
            pthread_mutex_unlock(mutex)
            return Loan(connection: connection, isNested: true)
        }
        do {
            try waitForTurn(waitingMilliseconds)
        } catch {
            pthread_mutex_unlock(mutex)
            throw error
        }
        if let connection = idle.popLast() {
            lent.append((pthread_self(), connection))
            pthread_mutex_unlock(mutex)
            return Loan(connection: connection, isNested: false)
        }
        opening += 1
        pthread_mutex_unlock(mutex)
        let opened = Result { try open() }
        pthread_mutex_lock(mutex)
        opening -= 1
        if case .success(let connection) = opened { lent.append((pthread_self(), connection)) }
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
        return Loan(connection: try opened.get(), isNested: false)
    }

    /// Gives a connection back that `take` lent and that was not nested.
    func giveBack(_ connection: Connection) {
        pthread_mutex_lock(mutex)
        if let index = lent.firstIndex(where: { $0.connection === connection }) { lent.remove(at: index) }
        idle.append(connection)
        if !queue.isEmpty || isClosed { pthread_cond_broadcast(changed) }
        pthread_mutex_unlock(mutex)
    }

    /// Lends nothing from now on, waits for what is lent, and hands over the connections that came back.
    func drain(waitingMilliseconds: Int) throws -> [Connection] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        pthread_cond_broadcast(changed)
        let start = MonotonicTime.now
        let deadline = start.adding(milliseconds: waitingMilliseconds)
        while !lent.isEmpty || opening > 0 {
            if !wait(until: deadline) {
                throw Failure.timedOut(waitedSeconds: MonotonicTime.now.seconds(since: start))
            }
        }
        defer { idle = [] }
        return idle
    }

    // MARK: With the mutex held

    private func ownLoan() -> Connection? {
        let thread = pthread_self()
        return lent.first { pthread_equal($0.thread, thread) != 0 }?.connection
    }

    private var hasFree: Bool { !idle.isEmpty || lent.count + opening < capacity }

    private func waitForTurn(_ waitingMilliseconds: Int) throws {
        if isClosed { throw Failure.closed }
        if queue.isEmpty, hasFree { return }
        lastTicket += 1
        let ticket = lastTicket
        let start = MonotonicTime.now
        let deadline = start.adding(milliseconds: waitingMilliseconds)
        queue.append(ticket)
        defer {
            queue.removeAll { $0 == ticket }
            // The next in the queue may find a second free connection.
            if !queue.isEmpty { pthread_cond_broadcast(changed) }
        }
        while !(queue.first == ticket && hasFree) {
            let isInTime = wait(until: deadline)
            if isClosed { throw Failure.closed }
            if !isInTime { throw Failure.timedOut(waitedSeconds: MonotonicTime.now.seconds(since: start)) }
        }
    }

    private func wait(until deadline: MonotonicTime) -> Bool {
        var time = deadline.timespec
        return pthread_cond_timedwait(changed, mutex, &time) != ETIMEDOUT
    }
}
