import Testing

@testable import CentralHTTP

@Suite struct HTTPDateTests {
    @Test("a date looks as HTTP wants it")
    func format() {
        #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.format(4_102_444_799) == "Thu, 31 Dec 2099 23:59:59 GMT")
    }
}
