import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// An answer of the edge, before it knows how it goes out.
struct Answer {
    var status: HTTPResponse.Status
    var fields: HTTPFields
    var body: ByteBuffer

    /// The core's answer, packed as the peer likes it.
    init(status: HTTPResponse.Status, message: [UInt8], contentEncoding: String?) {
        self.status = status
        fields = [.contentType: "application/cbor", .cacheControl: "no-store", .vary: "accept-encoding"]
        if let contentEncoding { fields[.contentEncoding] = contentEncoding }
        body = ByteBuffer(bytes: message)
    }

    /// Something for a person with curl or a browser, as JSON.
    init(status: HTTPResponse.Status, fields: HTTPFields = [:], json: some Encodable) {
        self.status = status
        self.fields = fields
        self.fields[.contentType] = "application/json"
        self.fields[.cacheControl] = "no-store"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and arrays of them can't fail to encode.
        body = ByteBuffer(bytes: ((try? encoder.encode(json)) ?? Data("{}".utf8)) + [0x0A])
    }
}

/// What the edge itself refuses, before the core sees it.
struct Refusal: Error {
    private struct Words: Encodable {
        var error: String
        var detail: String
    }

    var answer: Answer

    /// - Parameters:
    ///   - error: a word for programs.
    ///   - detail: what is wrong and what would be right, for people. Holds nothing of what the request held.
    init(_ status: HTTPResponse.Status, _ error: String, _ detail: String, fields: HTTPFields = [:]) {
        answer = Answer(status: status, fields: fields, json: Words(error: error, detail: detail))
    }
}

extension Answer {
    /// How much is written at once: a slow reader must take this much within the idle time-out.
    static let piece = 16 << 10

    /// Writes the answer, a long one piece by piece as the peer takes it.
    func write(
        to writer: consuming ResponseWriter, _ channel: any Channel, date: String, isHead: Bool, closes: Bool
    ) async throws {
        var head = HTTPResponse(status: status, headerFields: fields)
        head.headerFields[.contentLength] = String(body.readableBytes)
        head.headerFields[.date] = date
        if closes { head.headerFields[.connection] = "close" }

        if isHead {
            try await writer.writeResponse(head)
        } else if body.readableBytes <= Self.piece {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        } else {
            // The writer takes all at once and says nothing of when it goes out, the channel does.
            channel.write(HTTPResponsePart.head(head), promise: nil)
            var rest = body
            while let bytes = rest.readSlice(length: min(Self.piece, rest.readableBytes)), bytes.readableBytes > 0 {
                try await channel.writeAndFlush(HTTPResponsePart.body(bytes))
            }
            try await channel.writeAndFlush(HTTPResponsePart.end(nil))
        }
    }
}
