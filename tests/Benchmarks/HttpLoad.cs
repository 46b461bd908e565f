using System.Globalization;
using System.Text;

namespace Bailiwick.Benchmarks;

/// <summary>What a load over HTTP measured.</summary>
/// <param name="Answers">How many came.</param>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50">Half of them took at most so many milliseconds.</param>
/// <param name="P99">99 of 100 took at most so many milliseconds.</param>
/// <param name="ServerMicroseconds">Processor time of the server for one answer.</param>
internal sealed record HttpResult(long Answers, double PerSecond, double P50, double P99, double ServerMicroseconds);

/// <summary>Where a load over HTTP goes: the port on the loopback, and the process that serves there.</summary>
internal sealed record HttpTarget(int Port, int ProcessId);

/// <summary>Runs the load generator for HTTP: each connection sends a prepared request, reads the answer, and sends its next.</summary>
internal sealed class HttpLoad(Bench bench)
{
    private const double UntimedSecondsMax = 60;

    /// <summary>A whole request, for a server on the loopback.</summary>
    public static byte[] Request(string method, string target, string? user, string? password, string? body)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
        if (user is not null) head.Append($"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}\r\n");
        if (body is not null) head.Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes(head.Append("\r\n").Append(body).ToString());
    }

    /// <summary>Runs some connections for some seconds; the requests go round among them.</summary>
    /// <exception cref="BenchmarkException">An answer had another status, or the server closed a connection.</exception>
    public async Task<HttpResult> RunAsync(HttpTarget target, int connections, double seconds, IReadOnlyList<byte[]> requests, int status)
    {
        var file = bench["requests"];
        await using (var stream = File.Create(file))
            foreach (var request in requests)
                await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{request.Length}\n")), .. request, (byte)'\n'], bench.Stop);
        var printed = await ChildProcess.CaptureAsync(
            Repository.HttpLoadGenerator,
            [$"-p{target.Port}", $"-F{file}", $"-c{connections}", string.Create(CultureInfo.InvariantCulture, $"-d{seconds}"), $"-s{status}", $"-S{target.ProcessId}"],
            TimeSpan.FromSeconds(seconds + UntimedSecondsMax), bench.Stop);
        var figures = printed.Split(' ').Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture));
        return new HttpResult((long)figures["answers"], figures["rate"], figures["p50"], figures["p99"], figures["server_cpu"] * 1e6 / figures["answers"]);
    }
}
