/// Tries at ever slower paces, until the machine keeps up with one.
///
/// For what a peer must do within a limit of the server: on a busy machine the test may miss it, and that is nobody's
/// fault. Where the server is wrong no pace helps.
func atSomePace(_ body: (_ unit: Duration) async throws -> Bool) async throws -> Bool {
    for unit in [Duration.milliseconds(50), .milliseconds(400), .seconds(4), .seconds(40)] {
        if try await body(unit) { return true }
    }
    return false
}

/// Repeats an attempt until it says that it is done; far more often than any server needs.
func untilDone(_ attempt: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<10_000 where try await attempt() { return true }
    return false
}
