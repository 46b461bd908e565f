using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Benchmarks;

/// <summary>A device that tries to connect, again and again, until it is let in.</summary>
internal static class MqttProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns when CONNACK has accepted the device.</summary>
    public static async Task ConnAckAsync(int port, FleetDevice device, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            while (!await TryAsync(port, device, patience.Token)) await Task.Delay(BetweenTries, patience.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new BenchmarkException($"No CONNACK within {Patience.TotalSeconds:0} s.");
        }
    }

    /// <summary>A connection of this device that CONNACK has accepted; null where the server did not let it in, or is not there.</summary>
    public static async Task<TcpClient?> OpenAsync(int port, FleetDevice device, CancellationToken stop)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, stop);
            var stream = client.GetStream();
            await stream.WriteAsync(Connect(device), stop);
            var answer = new byte[4];
            await stream.ReadExactlyAsync(answer, stop);
            if (answer is [0x20, 2, _, 0]) return client;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
        }
        client.Dispose();
        return null;
    }

    private static async Task<bool> TryAsync(int port, FleetDevice device, CancellationToken stop)
    {
        using var client = await OpenAsync(port, device, stop);
        return client is not null;
    }

    // CONNECT of MQTT 3.1.1 with a clean session, user and password; short enough for a length of one or two bytes.
    private static byte[] Connect(FleetDevice device)
    {
        byte[] body = [.. Text("MQTT"), 4, 0xc2, 0, 0, .. Text(device.Id), .. Text(device.User), .. Text(device.Password)];
        return body.Length < 128
            ? [0x10, (byte)body.Length, .. body]
            : [0x10, (byte)(body.Length % 128 | 128), (byte)(body.Length / 128), .. body];
    }

    private static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }
}
