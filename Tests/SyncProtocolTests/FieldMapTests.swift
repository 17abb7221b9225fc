import Testing

@testable import SyncProtocol

@Suite struct FieldMapTests {
    private static let numbers = [0, 1, 3, 23, 24, 300]

    /// Every map of some fields, its values as long as the numbers' places, and one of every size of a number before,
    /// between and behind them.
    @Test(arguments: [nil, "", "x", String(repeating: "long", count: 100)] as [String?])
    func aFieldThatIsSetStandsWhereItBelongsAndAllOthersAsBefore(text: String?) throws {
        let value = try text.map { try EncodedValue(.text($0)) }
        for chosen in 0..<(1 << Self.numbers.count) {
            let fields = try Self.numbers.indices.filter { chosen >> $0 & 1 == 1 }.map {
                FieldValue(Self.numbers[$0], try EncodedValue(.text(String(repeating: "v", count: $0 * 9))))
            }
            for number in Self.numbers + [2, 22, 25, 299, 70_000] {
                let changed = FieldMap(fields).with(value, for: number)
                let others = fields.filter { $0.field != number }
                let expected = FieldMap(others + (value.map { [FieldValue(number, $0)] } ?? []))
                #expect(changed == expected && changed.count == expected.count)
                for field in expected { #expect(changed.value(of: field.field) == field.value) }
                if value == nil { #expect(!changed.names(number)) }
                // The pairs are those of a map that came in, too.
                #expect(try FieldMap(decoding: changed.encoded).elementsEqual(expected))
            }
        }
    }
}
