import CentralHTTP
import Synchronization

/// A core that remembers what it was asked, and answers as the test says.
final class TestEndpoint: SyncEndpoint {
    struct Call: Equatable {
        var route: String
        var body: [UInt8]
        var credential: String?
    }

    private let record = Mutex<[Call]>([])
    private let answer: @Sendable ([UInt8]) async -> EndpointReply
    private let state: Readiness

    /// Without an answer of its own it sends back what it got.
    init(
        readiness: Readiness = .ready,
        answer: @escaping @Sendable ([UInt8]) async -> EndpointReply = { EndpointReply(status: 200, body: $0) }
    ) {
        state = readiness
        self.answer = answer
    }

    var calls: [Call] { record.withLock { $0 } }

    func sync(_ body: [UInt8], credential: String?) async -> EndpointReply {
        record.withLock { $0.append(Call(route: "sync", body: body, credential: credential)) }
        return await answer(body)
    }

    func refusal(of credential: String?, caller: String) async -> EndpointReply? {
        credential == "a stranger's" ? EndpointReply(status: 401, body: []) : nil
    }

    func enrol(_ body: [UInt8]) async -> EndpointReply {
        record.withLock { $0.append(Call(route: "enrol", body: body, credential: nil)) }
        return await answer(body)
    }

    func readiness() async -> Readiness { state }
}

/// Text that packs well.
func text(_ count: Int) -> [UInt8] {
    let line = "Liwa 18.04; rujukan pasien BPJS; selesai\n"
    return Array(String(repeating: line, count: count / line.utf8.count + 1).utf8.prefix(count))
}
