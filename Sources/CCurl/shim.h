#include <curl/curl.h>

// Functions with a variable number of arguments, which Swift cannot call, by the type of their last one.
static inline CURLcode curl_set_long(CURL *curl, CURLoption option, long value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_text(CURL *curl, CURLoption option, const char *value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_pointer(CURL *curl, CURLoption option, void *value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_list(CURL *curl, CURLoption option, struct curl_slist *value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_mime(CURL *curl, curl_mime *value) { return curl_easy_setopt(curl, CURLOPT_MIMEPOST, value); }
static inline CURLcode curl_set_header_function(CURL *curl, curl_write_callback function) {
    return curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, function);
}
static inline CURLcode curl_set_progress_function(CURL *curl, curl_xferinfo_callback function) {
    return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, function);
}
static inline CURLcode curl_set_write_function(CURL *curl, curl_write_callback function) {
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, function);
}
static inline long curl_response_code(CURL *curl) {
    long code = 0;
    return curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}
