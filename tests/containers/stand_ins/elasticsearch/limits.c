/* Where the machine's hard limit of open files is below what Elasticsearch's bootstrap check wants, and root may not raise
   it: answers 65536. Loaded by LD_PRELOAD, which the tests set on such machines alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/resource.h>

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit) {
  int (*real)(__rlimit_resource_t, struct rlimit *) = dlsym(RTLD_NEXT, "getrlimit");
  int result = real(resource, limit);
  if (result == 0 && resource == RLIMIT_NOFILE && limit->rlim_max < 65536) limit->rlim_cur = limit->rlim_max = 65536;
  return result;
}

int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *limit) {
  int (*real)(__rlimit_resource_t, struct rlimit64 *) = dlsym(RTLD_NEXT, "getrlimit64");
  int result = real(resource, limit);
  if (result == 0 && resource == RLIMIT_NOFILE && limit->rlim_max < 65536) limit->rlim_cur = limit->rlim_max = 65536;
  return result;
}
