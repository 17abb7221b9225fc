// The part of libcurl's public interface that LibcurlExchange.swift uses, found at run time.
//
// Every system with the Swift toolchain has libcurl, for FoundationNetworking needs it, but not its headers. The numbers
// are part of its stable ABI (libcurl.so.4, unchanged since 2006); https://curl.se/libcurl/c/ describes each.
#ifndef SAMBUNG_CCURL_SHIM_H
#define SAMBUNG_CCURL_SHIM_H

#include <stddef.h>

typedef enum {
    SambungCurlPost = 47,
    SambungCurlPostFieldSize = 60,
    SambungCurlPostFields = 10015,
    SambungCurlURL = 10002,
    SambungCurlHTTPHeader = 10023,
    SambungCurlAcceptEncoding = 10102,
    SambungCurlProtocols = 181,
    SambungCurlSSLVersion = 32,
    SambungCurlCAPath = 10097,
    SambungCurlCAInfoBlob = 40309,
    SambungCurlNoSignal = 99,
    SambungCurlNoProgress = 43,
    SambungCurlTimeoutMs = 155,
    SambungCurlConnectTimeoutMs = 156,
    SambungCurlLowSpeedLimit = 19,
    SambungCurlLowSpeedTime = 20,
    SambungCurlErrorBuffer = 10010,
    SambungCurlWriteFunction = 20011,
    SambungCurlWriteData = 10001,
    SambungCurlHeaderFunction = 20079,
    SambungCurlHeaderData = 10029,
    SambungCurlProgressFunction = 20219,
    SambungCurlProgressData = 10057,
} SambungCurlOption;

typedef enum {
    SambungCurlInfoResponseCode = 0x200002,
    SambungCurlInfoContentType = 0x100012,
} SambungCurlInfo;

#define SambungCurlErrorSize 256

// What is set for SambungCurlCAInfoBlob; flags 1 asks libcurl to keep a copy.
struct SambungCurlBlob {
    const void *data;
    size_t length;
    unsigned int flags;
};

typedef size_t (*SambungCurlWrite)(char *bytes, size_t size, size_t count, void *context);
typedef int (*SambungCurlProgress)(
    void *context, long long downTotal, long long down, long long upTotal, long long up);

// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call.
static inline int sambung_curl_set_long(void *setopt, void *handle, int option, long value) {
    return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}

static inline int sambung_curl_set_pointer(void *setopt, void *handle, int option, const void *value) {
    return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}

static inline int sambung_curl_set_write(void *setopt, void *handle, int option, SambungCurlWrite function) {
    return ((int (*)(void *, int, ...))setopt)(handle, option, function);
}

static inline int sambung_curl_set_progress(void *setopt, void *handle, SambungCurlProgress function) {
    return ((int (*)(void *, int, ...))setopt)(handle, SambungCurlProgressFunction, function);
}

static inline int sambung_curl_get(void *getinfo, void *handle, int information, void *value) {
    return ((int (*)(void *, int, ...))getinfo)(handle, information, value);
}

#endif
