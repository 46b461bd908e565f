using System.Diagnostics;
using System.Net.Sockets;

namespace Bailiwick.Benchmarks;

/// <summary>Open MQTT sessions of one user, which say nothing.</summary>
internal sealed class SessionCrowd : IDisposable
{
    private const int ConnectingAtOnce = 32;
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);

    private readonly List<TcpClient> _clients = [];
    private Task<long>[] _ends = [];

    private SessionCrowd()
    {
    }

    /// <summary>Whether none of them has ended.</summary>
    public bool AreAllOpen => Array.TrueForAll(_ends, end => !end.IsCompleted);

    public static async Task<SessionCrowd> ConnectAsync(int port, string user, string password, int count, CancellationToken stop)
    {
        var crowd = new SessionCrowd();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce, CancellationToken = stop }, async (index, token) =>
        {
            var client = await MqttProbe.OpenAsync(port, new FleetDevice($"{user}-{index}", $"t1/{user}", password), token) ?? throw new BenchmarkException($"{user} was not let in by MQTT.");
            lock (crowd._clients) crowd._clients.Add(client);
        });
        crowd._ends = [.. crowd._clients.Select(client => EndAsync(client, stop))];
        return crowd;
    }

    /// <summary>When the last of them was seen to have ended.</summary>
    public async Task<long> EndedAsync()
    {
        try
        {
            return (await Task.WhenAll(_ends).WaitAsync(EndPatience)).Max();
        }
        catch (TimeoutException)
        {
            throw new BenchmarkException($"{_ends.Count(end => !end.IsCompleted)} sessions were open {EndPatience.TotalSeconds:0} s after their user had lost its right.");
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    private static async Task<long> EndAsync(TcpClient client, CancellationToken stop)
    {
        try
        {
            // A server of 3.1.1 says nothing when it closes.
            var said = await client.GetStream().ReadAsync(new byte[1], stop);
            if (said > 0) throw new BenchmarkException("A session that asked for nothing was sent something.");
        }
        catch (IOException)
        {
        }
        return Stopwatch.GetTimestamp();
    }
}
