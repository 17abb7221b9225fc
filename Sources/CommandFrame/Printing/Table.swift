/// A table of text.
///
/// On a terminal the last wide column gives way so that a row fits; elsewhere nothing is cut.
public struct Table: Sendable {
    /// One column.
    public struct Column: Sendable {
        /// What stands above it.
        public let title: String
        /// Whether it holds numbers.
        public let isRightAligned: Bool
        /// Whether it may be cut where the terminal is too narrow.
        public let isElastic: Bool

        /// Makes a column.
        public init(_ title: String, rightAligned: Bool = false, elastic: Bool = false) {
            self.title = title
            isRightAligned = rightAligned
            isElastic = elastic
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    /// Makes an empty table.
    public init(_ columns: [Column]) { self.columns = columns }

    /// Whether it has no rows.
    public var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; its cells are made visible here.
    public mutating func add(_ cells: [String]) {
        rows.append(cells.map(VisibleText.line))
    }

    /// The table with its head and without a line end at its end.
    public func text(for console: Console) -> String { text(for: console, head: [columns.map(\.title)]) }

    /// The rows alone.
    public func body(for console: Console) -> String { text(for: console, head: []) }

    private func text(for console: Console, head: [[String]]) -> String {
        let all = head + rows
        var widths = columns.indices.map { column in
            all.reduce(0) { max($0, column < $1.count ? TextWidth.of($1[column]) : 0) }
        }
        if let room = console.width { fit(&widths, into: room - 2 * (columns.count - 1)) }
        let lines = all.enumerated().map { index, cells in
            let line = cells.enumerated().map { column, cell -> String in
                let shown = TextWidth.cut(cell, to: widths[column])
                let isLast = column == columns.count - 1 && !columns[column].isRightAligned
                return isLast
                    ? shown
                    : TextWidth.padded(shown, to: widths[column], rightAligned: columns[column].isRightAligned)
            }.joined(separator: "  ")
            return index < head.count ? console.styled(line, .bold) : line
        }
        return lines.joined(separator: "\n")
    }

    /// Takes from the widest elastic column until the row fits, and leaves each at least eight columns.
    private func fit(_ widths: inout [Int], into room: Int) {
        while widths.reduce(0, +) > room {
            let elastic = columns.indices.filter { columns[$0].isElastic && widths[$0] > 8 }
            guard let widest = elastic.max(by: { widths[$0] < widths[$1] }) else { return }
            let second = elastic.filter { $0 != widest }.map { widths[$0] }.max() ?? 8
            let excess = widths.reduce(0, +) - room
            widths[widest] = max(8, min(widths[widest] - 1, max(second, widths[widest] - excess)))
        }
    }
}

/// A bar of blocks, in eighths of a column.
public enum Bar {
    /// The bar of a value.
    ///
    /// - Parameters:
    ///   - value: 0 to `greatest`; what lies outside is moved to the nearest end.
    ///   - columns: how long the bar of `greatest` is.
    public static func text(_ value: Int, of greatest: Int, columns: Int) -> String {
        guard greatest > 0, columns > 0, value > 0 else { return "" }
        let share = Double(min(value, greatest)) / Double(greatest)
        let eighths = max(1, Int((share * Double(columns * 8)).rounded()))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}
