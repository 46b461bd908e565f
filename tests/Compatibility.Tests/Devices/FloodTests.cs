using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>A tenant that sends ten times its limit, beside one that does not, on the real process.</summary>
public sealed class FloodTests
{
    private const int Limit = 200;
    private const string Password = "Password-of-a-test-1";

    [Fact]
    public async Task A_tenant_at_ten_times_its_limit_is_slowed_and_every_request_and_publish_of_another_succeeds()
    {
        await using var server = await ServerProcess.StartAsync($"--Limits:TenantMessagesPerSecond={Limit}");
        var other = (await Joining.OperatorOf(server).PostAsync("/tenant/tenants", $$"""
            {"domain":"quiet","company":"Pumps Ltd","adminName":"boss","adminEmail":"boss@example.com","adminPass":"{{Password}}"}
            """)).Expect(201).Text("id");
        var (flooding, quiet) = (Joining.AdminOf(server), new RestClient(server.NewClientOf($"{other}/boss", Password, server.Http)));
        using var flood = await MqttSocket.ConnectAsync(server, new MqttConnect("flood", "t1/admin", FirstPasswords.Admin));
        using var device = await MqttSocket.ConnectAsync(server, new MqttConnect("pump", $"{other}/boss", Password));

        await flood.SendAsync([.. Enumerable.Range(1, 10 * Limit).Select(id => MqttSocket.Publish("s/us", "200,f,v,1", qos: 1, id))]);
        Assert.Equal(1, (await flood.ExpectAsync(MqttPacket.PubAck, "the first PUBACK of the flood")).Id);
        await TooManyAsync(flooding);
        for (var turn = 1; turn <= Limit / 4; turn++)
        {
            (await quiet.GetAsync("/inventory/managedObjects?pageSize=1")).Expect(200);
            Assert.Empty(await device.PublishedAsync("s/us", "200,f,v,1", turn));
        }

        for (var id = 2; id <= 10 * Limit; id++) Assert.Equal(id, (await flood.ExpectAsync(MqttPacket.PubAck, $"PUBACK {id} of the flood")).Id);
        Assert.Contains(server.Output.Lines.Concat(server.Errors.Lines), line => line.Contains("limit of a tenant", StringComparison.Ordinal) && line.Contains("t1/admin", StringComparison.Ordinal));
    }

    /// <summary>Until the flood has been counted a request may pass.</summary>
    private static async Task TooManyAsync(RestClient client)
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        while (true)
        {
            var reply = await client.GetAsync("/inventory/managedObjects?pageSize=1");
            if (reply.Status == 429)
            {
                reply.ExpectError(429, "general/Too Many Requests");
                return;
            }
            reply.Expect(200);
            Assert.False(giveUp.IsCancellationRequested, "Awaited a 429 for a tenant beyond its limit.");
        }
    }
}
