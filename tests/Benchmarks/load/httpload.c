/* httpload: a load generator for HTTP/1.1 servers on this machine. One thread, one epoll, no dependencies, so that it takes
 * little from the server that it shares the cores with.
 *
 * Each of N connections sends a prepared request, reads the answer to its end, and sends its next: of the requests in the file,
 * connection k has numbers k, k + N, k + 2N and so on, and begins again after the last. It prints one line, for a program to read:
 *
 *   http  answers rate seconds p50 p99 max (ms) load_cpu server_cpu (s)
 *
 * The file holds requests one behind another: the length in bytes in decimal, a line end, the request, a line end.
 * Exit code: 0; 1 when a connection failed or was closed, or an answer had another status; 2 for a bad argument.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX (1 << 20)
#define EVENTS_PER_TURN 512

typedef struct {
    char *bytes;
    size_t length;
} request;

typedef struct {
    int fd;
    long next;
    double sent_at;
    size_t filled;
    char *answer;
} connection;

static int port, connections = 1, status = 200, server_pid;
static double seconds = 1;
static const char *file_name;
static request *requests;
static long request_count;
static double *latencies;
static long answers, latencies_room;

static void fail(const char *what) {
    fprintf(stderr, "httpload: %s\n", what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Processor time of the server, by its id; 0 where none was given. */
static double server_cpu(void) {
    char path[64], stat[2048];
    unsigned long user, system;
    if (!server_pid) return 0;
    snprintf(path, sizeof path, "/proc/%d/stat", server_pid);
    FILE *file = fopen(path, "r");
    if (!file) fail("the server's process is gone");
    size_t read = fread(stat, 1, sizeof stat - 1, file);
    fclose(file);
    stat[read] = 0;
    char *after_name = strrchr(stat, ')');
    if (!after_name || sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        fail("the server's processor time cannot be read");
    return (double)(user + system) / sysconf(_SC_CLK_TCK);
}

static void read_requests(void) {
    long length, room = 0;
    FILE *file = fopen(file_name, "r");
    if (!file) fail("the file of requests cannot be read");
    while (fscanf(file, "%ld", &length) == 1) {
        if (length <= 0 || fgetc(file) != '\n') fail("the file of requests is not as it should be");
        if (request_count == room) requests = realloc(requests, (room = room ? room * 2 : 64) * sizeof *requests);
        request *one = &requests[request_count++];
        *one = (request){malloc(length), length};
        if (fread(one->bytes, 1, length, file) != (size_t)length) fail("the file of requests ends within one");
    }
    fclose(file);
    if (request_count < connections) fail("there are fewer requests than connections");
}

static void send_next(connection *c, int index) {
    request *one = &requests[c->next];
    c->next = c->next + connections < request_count ? c->next + connections : index;
    c->filled = 0;
    c->sent_at = now();
    for (size_t sent = 0; sent < one->length;) {
        ssize_t count = send(c->fd, one->bytes + sent, one->length - sent, MSG_NOSIGNAL);
        if (count <= 0) fail("a request could not be sent");
        sent += count;
    }
}

static void open_connection(connection *c, int index, int epoll) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) fail("a connection could not be made");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event)) fail("epoll_ctl");
    c->next = index;
    c->answer = malloc(ANSWER_BYTES_MAX + 1);
}

/* It looks no further into an answer than to where it ends. */
static int is_whole(const connection *c) {
    const char *end = memmem(c->answer, c->filled, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = end - c->answer;
    if (memmem(c->answer, head, "\r\nTransfer-Encoding: chunked", 28)) return !memcmp(c->answer + c->filled - 5, "0\r\n\r\n", 5);
    const char *length = memmem(c->answer, head, "\r\nContent-Length: ", 18);
    return !length || c->filled >= head + 4 + strtoul(length + 18, NULL, 10);
}

static void note(double latency) {
    if (answers == latencies_room) latencies = realloc(latencies, (latencies_room = latencies_room ? latencies_room * 2 : 1 << 16) * sizeof *latencies);
    latencies[answers++] = latency;
}

/* Reads what has come; answers whether the answer is whole. */
static int take(connection *c) {
    if (c->filled == ANSWER_BYTES_MAX) fail("an answer is longer than this program takes");
    ssize_t count = recv(c->fd, c->answer + c->filled, ANSWER_BYTES_MAX - c->filled, 0);
    if (count <= 0) fail("the server closed a connection");
    c->filled += count;
    c->answer[c->filled] = 0;
    if (!is_whole(c)) return 0;
    if (atoi(c->answer + 9) != status) {
        fprintf(stderr, "httpload: an answer had another status than %d: %.1000s\n", status, c->answer);
        exit(1);
    }
    note(now() - c->sent_at);
    return 1;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double share) {
    long at = answers * share;
    return answers ? latencies[at < answers ? at : answers - 1] * 1e3 : 0;
}

static void usage(void) {
    fprintf(stderr, "usage: httpload -p PORT -F FILE OF REQUESTS [-c CONNECTIONS] [-d SECONDS] [-s STATUS] [-S SERVER PID]\n");
    exit(2);
}

int main(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "p:F:c:d:s:S:")) != -1;)
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'F': file_name = optarg; break;
        case 'c': connections = atoi(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 's': status = atoi(optarg); break;
        case 'S': server_pid = atoi(optarg); break;
        default: usage();
        }
    if (port <= 0 || !file_name || connections <= 0 || seconds <= 0) usage();
    read_requests();

    int epoll = epoll_create1(0);
    connection *all = calloc(connections, sizeof *all);
    for (int i = 0; i < connections; i++) open_connection(&all[i], i, epoll);
    double began = now(), server_before = server_cpu(), own_before = own_cpu();
    for (int i = 0; i < connections; i++) send_next(&all[i], i);
    while (now() - began < seconds) {
        struct epoll_event events[EVENTS_PER_TURN];
        int count = epoll_wait(epoll, events, EVENTS_PER_TURN, 100);
        for (int i = 0; i < count; i++) {
            int index = events[i].data.u32;
            if (take(&all[index])) send_next(&all[index], index);
        }
    }
    double took = now() - began, server = server_cpu() - server_before, own = own_cpu() - own_before;
    qsort(latencies, answers, sizeof *latencies, by_size);
    printf("http answers=%ld rate=%.1f seconds=%.3f p50=%.4f p99=%.4f max=%.4f load_cpu=%.3f server_cpu=%.3f\n",
        answers, answers / took, took, quantile(.5), quantile(.99), quantile(1), own, server);
    return 0;
}
