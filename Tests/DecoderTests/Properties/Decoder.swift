/// A decoder of bytes from outside, with what must hold for every input.
///
/// The fuzzer's targets and the tests that replay its corpus are these, so that a property stands once.
struct Decoder: Sendable {
    /// What a decoder made of an input.
    enum Outcome { case accepted, refused }

    /// The target's name, and that of its corpus.
    let name: String
    /// Decodes an input; throws ``Violation`` where the property does not hold.
    let check: @Sendable ([UInt8]) throws -> Outcome

    init(_ name: String, _ check: @escaping @Sendable ([UInt8]) throws -> Outcome) {
        self.name = name
        self.check = check
    }

    /// Every target.
    static let all: [Decoder] =
        items + messages + texts + [csv, ndjson] + packings + centre + [Decoder("cursor", checkCursor)]
}

/// A property that does not hold.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Fails unless a condition of a property holds.
func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Violation(what()) }
}

/// An input as text, with what is no UTF-8 replaced.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
