using System.Net;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>A posted measurement that the store's writer still has.</summary>
public sealed class PendingCommitTests
{
    private const string Measurement = """{"source":{"id":"4711"},"type":"t","time":"2026-01-01T00:00:00Z","f":{"s":{"value":1} } }""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_is_answered_when_the_store_has_it_and_not_before()
    {
        await using var server = await PendingAsync();
        var (answering, ticket) = await PostAsync(server);
        Assert.False(answering.IsCompleted);

        server.Commits.Find(ticket)!.Settle(ticket.Sequence, null);

        using var answer = await answering.WaitAsync(Patience);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.EndsWith("/measurement/measurements/" + new MeasurementId(new ObjectId(4711), 7, 8), answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Null(server.Commits.Find(ticket));
    }

    [Fact]
    public async Task It_is_refused_when_the_store_could_not_take_it()
    {
        await using var server = await PendingAsync();
        var (answering, ticket) = await PostAsync(server);

        server.Commits.Find(ticket)!.Settle(ticket.Sequence, Refusal.StorageUnavailable("the test's disk is full"));

        using var answer = await answering.WaitAsync(Patience);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
        Assert.Null(server.Commits.Find(ticket));
    }

    private readonly TaskCompletionSource<CommitTicket> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<RestServer> PendingAsync() => RestServer.StartAsync(World.Grains().On<IDeviceGrain>(nameof(IDeviceGrain.AddMeasurements), call =>
    {
        _asked.SetResult(call.Argument<MeasurementBatch>(1).Ticket);
        return new AddedMeasurements([new MeasurementId(new ObjectId(4711), 7, 8)], false);
    }));

    private async Task<(Task<HttpResponseMessage> Answering, CommitTicket Ticket)> PostAsync(RestServer server)
    {
        var answering = server.SendAsync("POST", "/measurement/measurements", Measurement);
        return (answering, await _asked.Task.WaitAsync(Patience));
    }
}
