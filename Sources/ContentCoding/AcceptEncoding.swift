/// What a peer's `accept-encoding` field allows for the answer (RFC 9110, section 12.5.3).
public struct AcceptEncoding: Sendable, Equatable {
    /// A body shorter than this gains nothing from packing.
    public static let smallBody = 150

    private var weights: [ContentCoding: Int] = [:]
    private var otherWeight: Int?

    /// Reads the field; a peer that sends none gets ``ContentCoding/identity``.
    ///
    /// A member that is not well-formed is passed over, as if it were not there.
    public init(_ field: String?) {
        for member in (field ?? "").split(separator: ",") {
            let parts = member.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
            let name = trimmed(parts[0])
            guard let weight = parts.count == 1 ? 1000 : Self.weight(trimmed(parts[1])) else { continue }
            if name == "*" {
                otherWeight = weight
            } else if let coding = ContentCoding(codingName: name) {
                weights[coding] = weight
            }
        }
    }

    /// Whether a body may stay as it is.
    public var takesIdentity: Bool { weight(of: .identity) > 0 }

    /// The best coding for a body of this length, or `nil` when the peer takes none that we have.
    ///
    /// The greatest weight wins, then zstd before gzip before identity.
    public func best(bodyCount: Int) -> ContentCoding? {
        if bodyCount < Self.smallBody, takesIdentity { return .identity }
        var best: ContentCoding?
        for coding in [ContentCoding.zstd, .gzip, .identity] {
            let weight = weight(of: coding)
            if weight > 0, weight > best.map(self.weight(of:)) ?? 0 { best = coding }
        }
        return best
    }

    private func weight(of coding: ContentCoding) -> Int {
        if let weight = weights[coding] { return weight }
        // Identity is acceptable unless it is ruled out; unasked, it comes after whatever was asked for.
        if coding == .identity { return otherWeight ?? 1 }
        return otherWeight ?? 0
    }

    /// `q=0.5` in thousandths; `nil` when it isn't a weight.
    private static func weight(_ parameter: Substring) -> Int? {
        guard parameter.lowercased().hasPrefix("q=") else { return nil }
        let digits = parameter.dropFirst(2).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits.first, whole == "0" || whole == "1" else { return nil }
        let fraction = digits.count == 2 ? digits[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let thousandths = Int(fraction + String(repeating: "0", count: 3 - fraction.utf8.count)) ?? 0
        return min(1000, (whole == "1" ? 1000 : 0) + thousandths)
    }
}

/// The text without blanks around it (RFC 9110's optional white space).
func trimmed(_ text: some StringProtocol) -> Substring {
    var rest = Substring(text)
    while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
    while rest.last == " " || rest.last == "\t" { rest.removeLast() }
    return rest
}
