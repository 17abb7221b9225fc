import CMalloc
import ServerCommands

// The memory of a large body goes back to the system with the body. By default the allocator raises this bound with
// each one that it has seen, and then keeps what it once took for good.
mallopt(M_MMAP_THRESHOLD, 256 << 10)

// It keeps all that small pieces once took as well, such as the buffers of a thousand connections, unless it is asked.
Task.detached {
    while true {
        try await Task.sleep(for: .seconds(10))
        malloc_trim(0)
    }
}

await ServerProgram.run()
