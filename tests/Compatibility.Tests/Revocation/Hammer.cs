using System.Diagnostics;
using System.Net.Sockets;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Revocation;

/// <summary>
/// A client that does the same again and again without a pause, and notes when each try began and whether it succeeded. A right that
/// outlives its removal shows as a success of a try that began after the removal was answered.
/// </summary>
internal sealed class Hammer
{
    // A wrong password is counted against its user: stop well before the sign-in is locked, so that the next sign-in can be tried.
    private const int RefusalsMax = 2;

    private readonly Lock _lock = new();
    private readonly List<(long Began, bool Succeeded, string What)> _tries = [];
    private readonly TaskCompletionSource _succeeded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    private Hammer(Func<Func<Func<Task<(bool, string)>>, Task<bool>>, Task> strike) => _running = strike(TryAsync);

    /// <summary>Asks by REST.</summary>
    public static Hammer Rest(RestClient client, string path) => new(async tryAsync =>
    {
        for (var refusals = 0; refusals < RefusalsMax;)
            if (!await tryAsync(async () => await client.GetAsync(path) is var answer ? (answer.IsSuccess, $"GET {path}: {answer.Status}") : default)) refusals++;
    });

    /// <summary>Publishes one message after the other on an open session; a message that is not acknowledged is a failure and the last.</summary>
    public static Hammer Publishing(MqttSocket mqtt, string row) => new(async tryAsync =>
    {
        for (var id = 1; await tryAsync(() => PublishAsync(mqtt, row, id)); id = id % 60_000 + 1)
        {
        }
    });

    /// <summary>Waits until a try has succeeded: only then there is a right to take away.</summary>
    public Task SucceedsAsync() => _succeeded.Task.WaitAsync(BailiwickProcess.Patience);

    /// <summary>Waits until it was refused for good, and shows that nothing which began after this moment had succeeded.</summary>
    /// <param name="answeredAt">When the answer to the removal had arrived, as <see cref="Stopwatch.GetTimestamp"/> says.</param>
    public async Task StoppedByAsync(long answeredAt)
    {
        await _running.WaitAsync(BailiwickProcess.Patience);
        Assert.Contains(_tries, one => one.Succeeded);
        Assert.False(_tries[^1].Succeeded);
        Assert.DoesNotContain(_tries, one => one.Succeeded && one.Began > answeredAt);
    }

    private static async Task<(bool, string)> PublishAsync(MqttSocket mqtt, string row, int id)
    {
        try
        {
            await mqtt.SendAsync(MqttSocket.Publish("s/us", row, qos: 1, id));
            var answer = await mqtt.ReadAsync("a PUBACK or the end of the session");
            return (answer is { Header: MqttPacket.PubAck } && answer.Id == id, $"publish {id}: {answer?.ToString() ?? "closed"}");
        }
        catch (Exception closed) when (closed is SocketException or IOException)
        {
            return (false, $"publish {id}: {closed.Message}");
        }
    }

    private async Task<bool> TryAsync(Func<Task<(bool, string)>> act)
    {
        var began = Stopwatch.GetTimestamp();
        var (succeeded, what) = await act();
        lock (_lock) _tries.Add((began, succeeded, what));
        if (succeeded) _succeeded.TrySetResult();
        return succeeded;
    }
}
