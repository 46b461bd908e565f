using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>The table's rows over REST, against the real process.</summary>
[Collection(RefusalsFromOutside.Name)]
public sealed class RestRefusalTests(RefusalServer fixture)
{
    private World World => fixture.World;

    public static TheoryData<string> Ids => [.. RefusalTable.Whole.Rows.Where(row => row.Rest is not null).Select(row => row.Id)];

    [Theory, MemberData(nameof(Ids))]
    public async Task Over_REST_the_rule_holds(string id)
    {
        var row = RefusalTable.Whole[id];
        await PrepareAsync(World, row);

        using var answer = await SendAsync(row);

        await RequireAsync(row, answer);
        await LookAsync(World, row);
    }

    [Fact]
    public async Task A_refused_request_changes_nothing()
    {
        var before = await WatchAsync();
        foreach (var row in RefusalTable.Whole.Rows.Where(row => row is { Rest.Refuses: true, Prepare: null }))
        {
            using var answer = await SendAsync(row);
            Assert.True((int)answer.StatusCode == row.Rest!.Status, $"{row.Id}: {(int)answer.StatusCode}");
        }

        Assert.Equal(before, await WatchAsync());
    }

    internal static async Task PrepareAsync(World world, Row row)
    {
        world.Freshen();
        foreach (var step in row.Prepare ?? []) await world.DoAsync(step);
    }

    internal static async Task LookAsync(World world, Row row)
    {
        foreach (var glance in row.After ?? [])
        {
            using var answer = await world.SendAsync(glance.As, glance.Ask, null);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == glance.Status, $"Afterwards {glance.Ask} was answered {(int)answer.StatusCode}: {text}");
            RequireText(world, text, glance.Contains, glance.Lacks);
        }
    }

    private Task<HttpResponseMessage> SendAsync(Row row) => SendAsync(World, row);

    internal static async Task<HttpResponseMessage> SendAsync(World world, Row row) => await world.SendAsync(row.Actor, row.Rest!.Ask, BodyOf(world, row.Rest));

    private static ByteArrayContent? BodyOf(World world, RestDoorRow rest)
    {
        var text = rest.Text ?? rest.Body?.GetRawText();
        if (text is null && rest.Fill is null) return null;
        var content = new ByteArrayContent(rest.Fill is { } count ? Filled(count) : Encoding.UTF8.GetBytes(world.Spell(text!)));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(rest.Type ?? "application/json");
        return content;
    }

    private static byte[] Filled(int count)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill((byte)' ');
        return bytes;
    }

    private async Task RequireAsync(Row row, HttpResponseMessage answer)
    {
        var wanted = row.Rest!;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == wanted.Status, $"{(int)answer.StatusCode} instead of {wanted.Status}: {text}");
        if (wanted.Refuses) RequireError(wanted, answer, text);
        if (wanted.Status == 403) await RequireReasonAsync(World, row, text, isAlwaysTold: false);
        if (wanted.Status == 405) Assert.NotEmpty(answer.Content.Headers.Allow);
        RequireText(World, text, wanted.Contains, wanted.Lacks);
    }

    private void RequireError(RestDoorRow wanted, HttpResponseMessage answer, string text)
    {
        Assert.Equal("application/vnd.com.nsn.cumulocity.error+json", answer.Content.Headers.ContentType?.MediaType);
        using var body = JsonDocument.Parse(text);
        // Every denial, and nothing else, bears the number by which it can be looked up.
        Assert.Equal(["error", "message", "info", .. wanted.Status == 403 ? ["denialId"] : Array.Empty<string>()], body.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(wanted.Error, body.RootElement.GetProperty("error").GetString());
        var message = body.RootElement.GetProperty("message").GetString();
        Assert.False(string.IsNullOrWhiteSpace(message));
        if (wanted.Message is not null) Assert.Equal(World.Spell(wanted.Message), message);
        Assert.Equal(wanted.Status == 401, answer.Headers.WwwAuthenticate.Count > 0);
    }

    /// <summary>Whoever may see users of the tenant finds by the number the rule that refused.</summary>
    /// <param name="isAlwaysTold">False where the actor may have been refused too often within a minute to have each told one by one.</param>
    internal static async Task RequireReasonAsync(World world, Row row, string refused, bool isAlwaysTold)
    {
        using var body = JsonDocument.Parse(refused);
        var tenant = world.CredentialsOf(row.Actor).User.Split('/')[0];
        var reader = tenant == "t1" ? "admin" : tenant == "management" ? "operator" : "rival";
        using var answer = await world.SendAsync(reader, $"GET /authorization/denials/{body.RootElement.GetProperty("denialId").GetString()}", null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 200, text);
        using var denial = JsonDocument.Parse(text);
        if (!isAlwaysTold && !denial.RootElement.TryGetProperty("door", out _)) return;
        Assert.True(denial.RootElement.TryGetProperty("decision", out var decision), $"Nothing says why: {text}");
        Assert.False(decision.GetProperty("allowed").GetBoolean(), text);
        Assert.NotEmpty(decision.GetProperty("text").GetString()!);
        if (row.Rest!.Denial is { } rule) Assert.Equal(rule, decision.GetProperty("rule").GetString());
    }

    private static void RequireText(World world, string text, IReadOnlyList<string>? contains, IReadOnlyList<string>? lacks)
    {
        foreach (var part in contains ?? []) Assert.Contains(world.Spell(part), text, StringComparison.Ordinal);
        foreach (var part in lacks ?? []) Assert.DoesNotContain(world.Spell(part), text, StringComparison.Ordinal);
    }

    private async Task<List<string>> WatchAsync()
    {
        var seen = new List<string>();
        foreach (var request in RefusalTable.Whole.Watch)
        {
            using var answer = await World.SendAsync(request);
            seen.Add($"{request.Ask}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        return seen;
    }
}
