import Testing

@testable import OperatorCommands

@Suite("Reading CSV")
struct CSVReaderTests {
    private func rows(_ bytes: [UInt8]) throws -> [CSVRow] {
        var reader = try CSVReader(ByteSource(bytes))
        var rows: [CSVRow] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    private func texts(_ text: String) throws -> [[String?]] { try rows(Array(text.utf8)).map { $0.cells.map(\.text) } }

    @Test(arguments: [
        "a,b\nc,d\n", "a,b\r\nc,d", "a,b\rc,d\r", "\u{FEFF}a;b\nc;d", "a\tb\nc\td", "sep=;\na;b\nc;d",
        "\n\na,b\n\nc,d\n\n",
    ])
    func everyLineEndAndDelimiterIsRead(text: String) throws {
        #expect(try texts(text) == [["a", "b"], ["c", "d"]])
    }

    @Test func quotedCellsHoldAnything() throws {
        #expect(try texts("a,b\n\"x,\"\"y\"\"\r\nz\0\",\"🚑;\"\n") == [["a", "b"], ["x,\"y\"\r\nz\0", "🚑;"]])
    }

    @Test func anEmptyTextIsToldFromNoValue() throws {
        let row = try #require(try rows(Array("a,b,c\n,\"\",x\n".utf8)).last)
        #expect(row.cells.map(\.isQuoted) == [false, true, false])
        #expect(row.cells.map(\.text) == ["", "", "x"])
    }

    @Test func rowsKnowTheLineTheyBeginOn() throws {
        #expect(try rows(Array("a,b\n\"1\n2\r\n3\",x\r\n\ny,z\n".utf8)).map(\.line) == [1, 2, 6])
    }

    @Test func aCellThatIsNoUTF8IsMarkedAndTheOthersAreRead() throws {
        let row = try #require(try rows(Array("a,b\n".utf8) + [0x41, 0xE9, 0x2C, 0x42]).last)
        #expect(row.cells.map(\.text) == [nil, "B"])
    }

    @Test(arguments: [
        ("a,b\nx,\"open\nand on\n", "open-quote", 2), ("a,b\n\"x\"y,z\n", "text-after-quote", 2),
        ("a,b\nx,5\" pipe\n", "quote-inside", 2), ("a,b\n1,2\n3,\"4\" \n", "text-after-quote", 3),
    ])
    func aQuoteOutOfPlaceIsNamedWithItsLine(text: String, key: String, line: Int) throws {
        let fault = #expect(throws: FileFault.self) { try texts(text) }
        #expect(fault?.key == key)
        #expect(fault?.line == line)
    }

    @Test func whatIsNoCSVIsNamed() throws {
        #expect(throws: FileFault.utf16) { try rows([0xFF, 0xFE, 0x61, 0x00]) }
        #expect(throws: FileFault.workbook) { try rows(Array("PK\u{3}\u{4}xl/workbook.xml".utf8)) }
    }

    @Test func oneQuoteDoesNotSwallowAFileOfAnySize() throws {
        let text = "a,b\n\"" + String(repeating: "x,y\n", count: 1_200_000)
        let fault = #expect(throws: FileFault.self) { try texts(text) }
        #expect(fault?.key == "open-quote")
        #expect(fault?.line == 2)
    }

    @Test func tooManyCellsAreRefused() throws {
        let fault = #expect(throws: FileFault.self) { try texts("a\n" + String(repeating: ",", count: 600)) }
        #expect(fault?.key == "too-many-cells")
    }

    @Test(arguments: [false, true])
    func whatIsWrittenIsReadBack(forSpreadsheet: Bool) throws {
        let hostile = [
            "plain", "", " lead", "trail ", "a\"b", "\"", "\r", "\n", "\r\n", "a,b;c\td", "\0", "👩‍👩‍👧‍👦", "=1+1", "+62811",
            "-5", "@x", "\tx", "＝1", "'=1", "''=1", "'", "'x", "'18.10", "18.10", "0811", "1801020304050001",
            "2022-06-27", "5", "x=1", "1E5", "e\u{301}", "\u{FEFF}x",
        ]
        var writer = CSVWriter(forSpreadsheet: forSpreadsheet)
        writer.add(plain: "name")
        writer.add(plain: "other")
        writer.endRow()
        for text in hostile {
            writer.add(text.utf8)
            writer.addNothing()
            writer.endRow()
        }
        let read = try rows(writer.bytes).dropFirst().map { FormulaGuard.removed(from: $0.cells[0].text ?? "?") }
        #expect(read.map { Array($0.utf8) } == hostile.map { Array($0.utf8) })
        let starts = try rows(writer.bytes).dropFirst().compactMap { $0.cells[0].text?.utf8.first }
        #expect(!starts.contains { "=+-@\t\r\n".utf8.contains($0) })
    }
}
