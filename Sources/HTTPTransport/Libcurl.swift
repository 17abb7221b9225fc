import CCurl
import Glibc

/// libcurl's functions.
///
/// The guard of this unchecked Sendable: they are looked up once, and libcurl lets any thread call them.
struct Libcurl: @unchecked Sendable {
    typealias Pointer = UnsafeMutableRawPointer
    let make: @convention(c) () -> Pointer?
    let reset: @convention(c) (Pointer) -> Void
    let perform: @convention(c) (Pointer) -> Int32
    let cleanup: @convention(c) (Pointer) -> Void
    let append: @convention(c) (Pointer?, UnsafePointer<CChar>) -> Pointer?
    let freeList: @convention(c) (Pointer?) -> Void
    let setopt: Pointer
    let getinfo: Pointer

    /// Nil where the system has no libcurl.
    static let shared = Libcurl()

    private init?() {
        guard let library = dlopen("libcurl.so.4", RTLD_NOW) else { return nil }
        func find<T>(_ name: String, _ type: T.Type) -> T? { dlsym(library, name).map { unsafeBitCast($0, to: type) } }
        guard let start = find("curl_global_init", (@convention(c) (Int) -> Int32).self), start(3) == 0,
            let make = find("curl_easy_init", (@convention(c) () -> Pointer?).self),
            let reset = find("curl_easy_reset", (@convention(c) (Pointer) -> Void).self),
            let perform = find("curl_easy_perform", (@convention(c) (Pointer) -> Int32).self),
            let cleanup = find("curl_easy_cleanup", (@convention(c) (Pointer) -> Void).self),
            let append = find(
                "curl_slist_append", (@convention(c) (Pointer?, UnsafePointer<CChar>) -> Pointer?).self),
            let freeList = find("curl_slist_free_all", (@convention(c) (Pointer?) -> Void).self),
            let setopt = dlsym(library, "curl_easy_setopt"), let getinfo = dlsym(library, "curl_easy_getinfo")
        else { return nil }
        self.make = make
        self.reset = reset
        self.perform = perform
        self.cleanup = cleanup
        self.append = append
        self.freeList = freeList
        self.setopt = setopt
        self.getinfo = getinfo
    }
}
