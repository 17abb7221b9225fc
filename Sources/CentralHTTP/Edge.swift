import ContentCoding
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Turns HTTP requests into calls of the core, and its replies into answers.
///
/// A plain function instead of a router and middleware: there are four addresses, and syncs are many.
struct Edge: Sendable {
    private enum Route: String, CaseIterable {
        case sync = "/sync"
        case enrol = "/enrol"
        case livez = "/livez"
        case readyz = "/readyz"

        var methods: [HTTPRequest.Method] {
            switch self {
            case .sync, .enrol: [.post]
            case .livez, .readyz: [.get, .head]
            }
        }
    }

    private struct Health: Encodable {
        var status: String
        var version: String
        var reasons: [String]?
    }

    let endpoint: any SyncEndpoint
    let limits: HTTPLimits
    let version: String
    let logger: Logger
    let memory: BodyMemory
    let unpacker = Unpacker()
    let date = HTTPDate()

    init(endpoint: any SyncEndpoint, limits: HTTPLimits, version: String, logger: Logger) {
        self.endpoint = endpoint
        self.limits = limits
        self.version = version
        self.logger = logger
        memory = BodyMemory(limit: limits.allBodiesBytes)
    }

    /// Answers one request.
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        // A stream's parent is a connection, whose parent is the listener.
        let isHTTP2 = channel.parent?.parent != nil
        let start = ContinuousClock.now
        let route = Route(rawValue: String((request.head.path ?? "").prefix { $0 != "?" }))
        var body = IncomingBody(request, isHTTP2: isHTTP2)
        var isCut = false

        let answer: Answer
        do {
            answer = try await self.answer(request, route, &body, writer, caller: Self.address(of: channel))
        } catch let refusal as Refusal {
            answer = refusal.answer
        } catch is BodyTooSlow {
            isCut = true
            answer =
                Refusal(.requestTimeout, "too-slow", "The body came too slowly. Send fewer changes at once.").answer
        }

        // On HTTP/1.1 the rest of the body stands before the next request; who may go on for ever is cut off.
        let closes = !isHTTP2 && (isCut || !body.isAtEnd)
        log(route, answer, start)
        try await answer.write(
            to: writer, channel, date: date.now(), isHead: request.method == .head, closes: closes)
        // Who is cut off, ``RequestWatch`` closes.
        if closes, !isCut {
            // Counted on the loop, behind what was written: a busy loop must not close before it sends the answer.
            let end = try await channel.eventLoop.submit {
                channel.eventLoop.scheduleTask(in: TimeAmount(limits.lingering)) { channel.close(promise: nil) }
            }.get()
            await body.discard()
            end.cancel()
            channel.close(promise: nil)
        }
    }

    private func answer(
        _ request: Request, _ route: Route?, _ body: inout IncomingBody, _ writer: borrowing ResponseWriter,
        caller: String
    ) async throws -> Answer {
        guard let route else {
            throw Refusal(
                .notFound, "not-found",
                "This is a Sambung server. It has POST /sync, POST /enrol, GET /livez and GET /readyz.")
        }
        guard route.methods.contains(request.method) else {
            let allowed = route.methods.map(\.rawValue).joined(separator: ", ")
            throw Refusal(
                .methodNotAllowed, "method-not-allowed", "\(route.rawValue) takes \(allowed).",
                fields: [.allow: allowed])
        }
        switch route {
        case .livez: return Answer(status: .ok, json: Health(status: "alive", version: version))
        case .readyz:
            switch await endpoint.readiness() {
            case .ready: return Answer(status: .ok, json: Health(status: "ready", version: version))
            case .notReady(let reasons):
                return Answer(
                    status: .serviceUnavailable,
                    json: Health(status: "not ready", version: version, reasons: reasons))
            }
        case .sync, .enrol: return try await message(request, route, &body, writer, caller: caller)
        }
    }

    /// The address at the other end; that of the connection for one of its streams.
    ///
    /// Behind a proxy that is the proxy's: what it says of callers is not believed unasked.
    private static func address(of channel: any Channel) -> String {
        channel.remoteAddress?.ipAddress ?? channel.parent?.remoteAddress?.ipAddress ?? ""
    }

    /// Carries a message to the core and its reply back.
    private func message(
        _ request: Request, _ route: Route, _ body: inout IncomingBody, _ writer: borrowing ResponseWriter,
        caller: String
    ) async throws -> Answer {
        let fields = request.headers
        try checkContentType(fields[.contentType])
        guard let coding = ContentCoding(contentEncoding: fields[.contentEncoding]) else {
            throw Refusal(
                .unsupportedMediaType, "unknown-coding",
                "The content-encoding can be zstd, gzip or identity, one of them.",
                fields: [.acceptEncoding: "zstd, gzip, identity"])
        }
        let accepted = AcceptEncoding(fields[.acceptEncoding])
        guard accepted.best(bodyCount: .max) != nil else {
            throw Refusal(
                .notAcceptable, "no-coding", "The accept-encoding leaves out all of zstd, gzip and identity.")
        }
        try body.checkDeclaredLength(limits)
        let credential = bearerToken(fields[.authorization])
        // Nobody else's body is worth its memory, and the work of unpacking it.
        if route == .sync, coding != .identity || !body.isShort(limits),
            let refusal = await endpoint.refusal(of: credential, caller: caller)
        {
            return pack(refusal, accepted)
        }
        if fields[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }

        var lease = BodyLease(memory, limits)
        let packed = try await body.collect(limits, &lease)
        let message = try await unpack(packed, coding, &lease)
        let reply =
            route == .sync
            ? await endpoint.sync(message, credential: credential, caller: caller)
            : await endpoint.enrol(message, caller: caller)
        _ = consume lease
        return pack(reply, accepted)
    }

    private func checkContentType(_ field: String?) throws(Refusal) {
        let type = field?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type == "application/cbor" else {
            throw Refusal(
                .unsupportedMediaType, "unknown-type",
                "The body must be a CBOR message, with content-type: application/cbor.")
        }
    }

    private func unpack(
        _ packed: [UInt8], _ coding: ContentCoding, _ lease: inout BodyLease
    ) async throws(Refusal) -> [UInt8] {
        guard coding != .identity else {
            guard packed.count <= limits.unpackedBodyBytes else { throw .tooLarge(unpacked: limits) }
            return packed
        }
        let message: [UInt8]
        do {
            message = try await unpacker.unpack(packed, coding, limit: limits.unpackedBodyBytes)
        } catch .tooLarge {
            throw .tooLarge(unpacked: limits)
        } catch .failed {
            throw .busy
        } catch {
            throw Refusal(.badRequest, "bad-coding", "The body can't be unpacked: \(error).")
        }
        guard lease.extend(by: message.count) else { throw .busy }
        return message
    }

    private func pack(_ reply: EndpointReply, _ accepted: AcceptEncoding) -> Answer {
        // An answer is never lost for want of a smaller form of it.
        let coding = accepted.best(bodyCount: reply.body.count) ?? .identity
        let status = (200...599).contains(reply.status) ? HTTPResponse.Status(code: reply.status) : .internalServerError
        if coding != .identity, let packed = try? coding.compress(reply.body),
            packed.count < reply.body.count || !accepted.takesIdentity
        {
            return Answer(status: status, message: packed, contentEncoding: coding.rawValue)
        }
        return Answer(status: status, message: reply.body, contentEncoding: nil)
    }

    /// One line a request for whoever looks for a fault; what failed here, or was cut off, is told in any case.
    private func log(_ route: Route?, _ answer: Answer, _ start: ContinuousClock.Instant) {
        let level: Logger.Level =
            switch answer.status {
            case .requestTimeout, .contentTooLarge: .info
            case let status where status.kind == .serverError: .warning
            default: .debug
            }
        guard logger.logLevel <= level else { return }
        logger.log(
            level: level, "request",
            metadata: [
                "route": "\(route?.rawValue ?? "other")", "status": "\(answer.status.code)",
                "answer-bytes": "\(answer.body.readableBytes)",
                "milliseconds": "\((ContinuousClock.now - start) / .milliseconds(1))",
            ])
    }
}

extension Refusal {
    fileprivate static func tooLarge(unpacked limits: HTTPLimits) -> Refusal {
        Refusal(
            .contentTooLarge, "too-large",
            "The body unpacks to more than \(limits.unpackedBodyBytes) bytes. Send fewer changes in one request.")
    }
}

/// What follows `Bearer` in an `authorization` field.
func bearerToken(_ field: String?) -> String? {
    guard let field, let space = field.firstIndex(of: " "), field[..<space].lowercased() == "bearer" else { return nil }
    let token = field[space...].drop { $0 == " " }
    return token.isEmpty ? nil : String(token)
}
