/// Helpers for text.
package enum Text {
    /// The text, cut at a character so that it has at most that many bytes of UTF-8.
    package static func cut(_ text: String, toBytes limit: Int) -> String {
        var text = text
        while text.utf8.count > limit { text.removeLast() }
        return text
    }
}
