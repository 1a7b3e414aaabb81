/*
 * Readers for a benchmark: http-load PORT CONNECTIONS REQUESTS FILE
 *
 * FILE has requests as they travel, each followed by a zero byte; connection n sends the nth of them (around again where
 * there are fewer), reads the answer to its end, and sends it again until there have been REQUESTS in all. Every answer
 * must be 200 and state its Content-Length. Prints "ANSWERS BYTES FIRST_NS LAST_NS", bytes of the bodies alone.
 */
#include "load.h"

#define HEAD_BYTES 16384

struct reader {
  int socket;
  char *request;
  char head[HEAD_BYTES];
  int head_length;
  long long body_left;           /* -1: in the head */
};

static char input[READ_BYTES];
static long long wanted, begun, answers, bytes, last_ns;

/* False when there is nothing left to ask for. */
static int ask(struct reader *reader) {
  if (begun == wanted) return 0;
  begun++;
  reader->head_length = 0;
  reader->body_left = -1;
  size_t length = strlen(reader->request);
  if (send(reader->socket, reader->request, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send", strerror(errno));
  return 1;
}

/* Once the head is whole: how much of what came with it belongs to the body. */
static int read_head(struct reader *reader) {
  reader->head[reader->head_length] = 0;
  char *end = strstr(reader->head, "\r\n\r\n");
  if (!end) return 0;
  if (strncmp(reader->head, "HTTP/1.1 200", 12)) fail("the answer was", reader->head);
  char *length = strcasestr(reader->head, "\r\ncontent-length:");
  if (!length || length > end) fail("an answer without its length", reader->head);
  reader->body_left = atoll(length + 17);
  return reader->head + reader->head_length - (end + 4);
}

static void count_body(struct reader *reader, long long length) {
  reader->body_left -= length;
  bytes += length;
  if (reader->body_left < 0) fail("an answer", "longer than it says");
  if (reader->body_left > 0) return;
  answers++;
  last_ns = now_ns();
}

/* False when this reader is done. */
static int hear(struct reader *reader) {
  int in_head = reader->body_left < 0;
  char *into = in_head ? reader->head + reader->head_length : input;
  ssize_t length = recv(reader->socket, into, in_head ? HEAD_BYTES - 1 - reader->head_length : READ_BYTES, 0);
  if (length < 0 && errno == EAGAIN) return 1;
  if (length <= 0) fail("the connection was lost", length < 0 ? strerror(errno) : "end");
  if (in_head) {
    reader->head_length += length;
    length = read_head(reader);
    if (reader->body_left < 0) return 1;
  }
  count_body(reader, length);
  return reader->body_left > 0 || ask(reader);
}

static char *read_requests(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path, strerror(errno));
  char *all = malloc(1 << 22);
  *length = fread(all, 1, 1 << 22, file);
  fclose(file);
  if (*length == 0 || all[*length - 1] != 0) fail(path, "no requests that end with a zero byte");
  return all;
}

int main(int count, char **arguments) {
  if (count != 5) fail("use", "http-load PORT CONNECTIONS REQUESTS FILE");
  int open = atoi(arguments[2]);
  wanted = atoll(arguments[3]);
  if (open > wanted) open = wanted;
  size_t length;
  char *all = read_requests(arguments[4], &length), *next = all;
  struct reader *readers = calloc(open, sizeof *readers);
  struct sockaddr_in address = loopback(atoi(arguments[1]));
  poller = epoll_create1(0);
  long long first_ns = now_ns();
  for (int index = 0; index < open; index++, next += strlen(next) + 1) {
    if (next == all + length) next = all;
    struct reader *reader = &readers[index];
    reader->request = next;
    reader->socket = socket(AF_INET, SOCK_STREAM, 0);
    send_at_once(reader->socket);
    if (connect(reader->socket, (struct sockaddr *)&address, sizeof address) < 0) fail("connect", strerror(errno));
    watch(EPOLL_CTL_ADD, reader->socket, EPOLLIN, reader);
    ask(reader);
  }
  for (struct epoll_event events[256]; open > 0;) {
    int ready = epoll_wait(poller, events, 256, 60000);
    if (ready == 0) fail("readers", "nothing has happened for a minute");
    for (int index = 0; index < ready; index++) {
      struct reader *reader = events[index].data.ptr;
      if (hear(reader)) continue;
      close(reader->socket);
      open--;
    }
  }
  printf("%lld %lld %lld %lld\n", answers, bytes, first_ns, last_ns);
  return 0;
}
