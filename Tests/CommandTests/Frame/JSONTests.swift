import CommandFrame
import Foundation
import Testing

@Suite struct JSONTests {
    @Test func membersKeepTheirOrder() {
        let json: JSON = ["b": 1, "a": [true, nil ?? .null, "x"], "c": .double(0.5), "d": .double(.infinity)]
        #expect(json.text == #"{"b":1,"a":[true,null,"x"],"c":0.5,"d":null}"#)
        #expect(JSON.number(UInt64.max).text == "9223372036854775807")
        #expect(JSON.text(nil).text == "null")
    }

    @Test func everyTextComesBackAsItWasAndSteersNoTerminal() throws {
        let scalars = (0...0x2100).compactMap { Unicode.Scalar($0 as UInt32) }
        let text = String(String.UnicodeScalarView(scalars)) + "\"\\ 👨‍👩‍👧 \u{FEFF}\u{202E}"
        let json = JSON.array([.string(text)]).text
        let read = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String]
        #expect(read == [text])
        #expect(
            !json.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E })
    }
}
