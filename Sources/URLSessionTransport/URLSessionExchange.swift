import Foundation
import FoundationNetworking
import OfflineClient
import Synchronization

/// Requests over one `URLSession`, whose connections are used again.
final class URLSessionExchange: Exchange {
    private let session: URLSession
    private let delegate = ExchangeDelegate()
    private let timeouts: Timeouts

    init(timeouts: Timeouts) {
        self.timeouts = timeouts
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeouts.idleSeconds
        configuration.timeoutIntervalForResource = timeouts.totalSeconds
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
    }

    // A session keeps its delegate and its connections until it is told to let go.
    deinit { session.invalidateAndCancel() }

    func post(
        _ url: URL, headers: [(name: String, value: String)], body: [UInt8], limit: Int
    ) async throws -> HTTPAnswer {
        try Task.checkCancellation()
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.timeoutInterval = timeouts.idleSeconds
        request.httpBody = Data(body)
        for header in headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
        let task = session.dataTask(with: request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                delegate.start(task, limit: limit, timeouts: timeouts, continuation)
            }
        } onCancel: {
            task.cancel()
        }
    }
}

/// Collects what a session tells of its tasks.
///
/// The guard of this unchecked Sendable (`NSObject` is none): all its state is in a `Mutex`.
private final class ExchangeDelegate: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Running {
        let continuation: CheckedContinuation<HTTPAnswer, any Error>
        let limit: Int
        var isConnected = false
        var body: [UInt8] = []
        /// Why this side ended it.
        var reason: TransportError?
    }

    private let running = Mutex<[Int: Running]>([:])

    func start(
        _ task: URLSessionTask, limit: Int, timeouts: Timeouts,
        _ continuation: CheckedContinuation<HTTPAnswer, any Error>
    ) {
        running.withLock { $0[task.taskIdentifier] = Running(continuation: continuation, limit: limit) }
        task.resume()
        end(task, after: timeouts.connectSeconds, .unreachable("no connection within \(timeouts.connectSeconds) s")) {
            !$0.isConnected
        }
        // The session's own limit on the whole is not kept on every system.
        end(task, after: timeouts.totalSeconds, .unreachable("no answer within \(timeouts.totalSeconds) s")) { _ in true
        }
    }

    private func end(
        _ task: URLSessionTask, after seconds: Double, _ reason: TransportError,
        if condition: @escaping @Sendable (borrowing Running) -> Bool
    ) {
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self, weak task] in
            if let self, let task { self.end(task, reason, if: condition) }
        }
    }

    private func end(_ task: URLSessionTask, _ reason: TransportError, if condition: (borrowing Running) -> Bool) {
        let isEnding = running.withLock { running in
            guard let one = running[task.taskIdentifier], condition(one) else { return false }
            running[task.taskIdentifier]?.reason = reason
            return true
        }
        if isEnding { task.cancel() }
    }

    // MARK: URLSessionDataDelegate

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        // The credential is for this server alone.
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didSendBodyData bytesSent: Int64, totalBytesSent: Int64,
        totalBytesExpectedToSend: Int64
    ) {
        running.withLock { $0[task.taskIdentifier]?.isConnected = true }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isOver = running.withLock { running in
            guard let one = running[dataTask.taskIdentifier] else { return false }
            if one.body.count + data.count > one.limit { return true }
            running[dataTask.taskIdentifier]?.body.append(contentsOf: data)
            return false
        }
        if isOver { end(dataTask, .notSambung("its answer is too large")) { _ in true } }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let one = running.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        if let reason = one.reason {
            one.continuation.resume(throwing: reason)
        } else if let error {
            one.continuation.resume(throwing: Self.describe(error as NSError))
        } else if let response = task.response as? HTTPURLResponse {
            one.continuation.resume(
                returning: HTTPAnswer(
                    status: response.statusCode, contentType: response.value(forHTTPHeaderField: "content-type"),
                    body: one.body))
        } else {
            one.continuation.resume(throwing: TransportError.notSambung("its answer is no HTTP"))
        }
    }

    private static func describe(_ error: NSError) -> any Error {
        let text = error.userInfo[NSLocalizedDescriptionKey] as? String ?? "error \(error.code)"
        switch error.code {
        case NSURLErrorCancelled: return CancellationError()
        case NSURLErrorTimedOut: return TransportError.unreachable("no answer in time")
        case NSURLErrorServerCertificateUntrusted, NSURLErrorServerCertificateHasBadDate,
            NSURLErrorServerCertificateHasUnknownRoot, NSURLErrorServerCertificateNotYetValid,
            NSURLErrorClientCertificateRejected, NSURLErrorClientCertificateRequired:
            return TransportError.untrusted(text)
        default: return TransportError.unreachable(text)
        }
    }
}
