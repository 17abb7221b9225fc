/// What the centre tells a device's application, by name, as a CBOR map of texts.
public enum Profile {
    /// Encodes a profile.
    public static func encode(_ profile: [String: String]) -> [UInt8] {
        var writer = CBORWriter()
        writer.write(profile: profile)
        return writer.bytes
    }

    /// Decodes a profile.
    public static func decode(_ bytes: [UInt8]) throws(ProtocolError) -> [String: String] {
        var reader = CBORReader(bytes)
        let profile = try reader.readProfile()
        try reader.finish()
        return profile
    }

    /// Whether a text's encoding comes before another's (RFC 8949, 4.2.1): the shorter first.
    fileprivate static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            ? left.utf8.lexicographicallyPrecedes(right.utf8) : left.utf8.count < right.utf8.count
    }
}

extension CBORWriter {
    mutating func write(profile: [String: String]) {
        let names = profile.keys.sorted(by: Profile.precedes)
        writeMap(names.count)
        for name in names {
            write(name)
            write(profile[name] ?? "")
        }
    }
}

extension CBORReader {
    mutating func readProfile() throws(ProtocolError) -> [String: String] {
        var profile: [String: String] = [:]
        var last = ""
        for index in 0..<(try readMap(limit: 64)) {
            let start = position
            let name = try readText(limit: 64)
            guard index == 0 || Profile.precedes(last, name) else {
                throw ProtocolError(.keyOrder, at: start, "keys ascend, each once")
            }
            last = name
            // Swift holds "é" and "e" with an accent for the same key: one of the two would be lost without a word.
            guard profile[name] == nil else {
                throw ProtocolError(.invalid, at: start, "two names that differ only in how their letters are composed")
            }
            profile[name] = try readText(limit: 4096)
        }
        return profile
    }
}
