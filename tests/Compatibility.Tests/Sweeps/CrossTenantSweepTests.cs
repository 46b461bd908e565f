using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Bailiwick.Edge.Http;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>
/// Nobody learns what is in another tenant, by no route, in no place, with no kind of id. Each probe is a pair: an id that is another tenant's, and
/// one of the same form that exists nowhere. The two answers must be the same. Probes are made from the table of routes, so a new route is swept of itself.
/// </summary>
public sealed partial class CrossTenantSweepTests
{
    private const int ProbesMin = 10_000;
    private const int FailuresShown = 20;
    private const int AtOnce = 8;

    // Room for what a tenant's trail grows by while reads are swept.
    private const int RecordsInBetween = 600;

    // An id that no tenant has come to.
    private const string FarOff = "900000";

    /// <summary>
    /// Where it can be told that somebody has something: a device id is claimed once on the whole platform, for a device that calls does not know its tenant.
    /// The answer does not say whose it is.
    /// </summary>
    private static readonly (string Route, string Place, string Kind) Claimed = ("POST /devicecontrol/newDeviceRequests", "body %new%", "deviceRequest");

    private readonly ConcurrentQueue<string> _failures = new();
    private int _pairs;

    [Fact]
    public async Task What_is_another_tenant_s_cannot_be_told_from_what_is_not_there_by_any_route_in_any_place_with_any_kind_of_id()
    {
        await using var server = await ServerProcess.StartAsync();
        var kestrel = await SweptTenant.MakeAsync(server, "kestrel", numbersFrom: 20, objectsFrom: 100);
        var osprey = await SweptTenant.MakeAsync(server, "osprey", numbersFrom: 40, objectsFrom: 300);
        var clock = Stopwatch.StartNew();

        await SweepAsync(kestrel, osprey);
        await SweepAsync(osprey, kestrel);

        TestContext.Current.TestOutputHelper?.WriteLine($"{_pairs} probes, each a pair of requests, in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.True(_failures.IsEmpty, $"{_failures.Count} of {_pairs} probes tell of another tenant:\n{string.Join('\n', _failures.Take(FailuresShown))}");
        Assert.True(_pairs >= ProbesMin, $"Only {_pairs} probes were sent.");
    }

    [Fact]
    public void Every_body_that_a_route_takes_is_swept() =>
        Assert.Equal(Probes.NamesNothing, Routes.All.Where(route => route.Description.Takes.Count > 0 && !Probes.HasBody(route)).Select(Probes.NameOf));

    /// <summary>One tenant's users probe for everything of another; nothing there has changed afterwards.</summary>
    private async Task SweepAsync(SweptTenant own, SweptTenant foreign)
    {
        var trailEnd = await SeparateAsync(own, foreign);
        var before = await Snapshot.TakeAsync(foreign);
        var probes = Probes.Of(own.Ids).ToLookup(probe => probe.Method);

        await Parallel.ForEachAsync(probes["GET"], new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (probe, _) => SendAllAsync(probe, own, foreign));
        Assert.True(await own.AuditRecordsAsync() < trailEnd, "The trail has grown into the other's numbers: leave more room in between.");
        foreach (var method in (string[])["PUT", "DELETE"])
            await Parallel.ForEachAsync(probes[method].GroupBy(probe => probe.Route), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (route, _) => SendInTurnAsync(route, own, foreign));
        // What makes objects and users comes by itself: others would meet what is made.
        var isOfMakers = probes["POST"].ToLookup(probe => probe.Route.Contains("/inventory/managedObjects", StringComparison.Ordinal) || probe.Route.EndsWith("/users", StringComparison.Ordinal));
        await Parallel.ForEachAsync(isOfMakers[false].GroupBy(probe => probe.Route), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (route, _) => SendInTurnAsync(route, own, foreign));
        await SendInTurnAsync(isOfMakers[true], own, foreign);

        Assert.Equal(before, await Snapshot.TakeAsync(foreign));
    }

    /// <summary>Sees to it that no number of the other tenant is one of a thing in this one, nor becomes one.</summary>
    private static async Task<long> SeparateAsync(SweptTenant own, SweptTenant foreign)
    {
        await foreign.RaiseRecordsAsync(await own.AuditRecordsAsync() + RecordsInBetween);
        await own.PassObjectsAsync(foreign.Ids.Values.Select(id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Max());
        return long.Parse(foreign.Ids["auditRecord"], CultureInfo.InvariantCulture);
    }

    private async ValueTask SendInTurnAsync(IEnumerable<Probe> probes, SweptTenant own, SweptTenant foreign)
    {
        foreach (var probe in probes) await SendAllAsync(probe, own, foreign);
    }

    /// <summary>A probe by everybody with every kind of id.</summary>
    private async ValueTask SendAllAsync(Probe probe, SweptTenant own, SweptTenant foreign)
    {
        var isMember = probe.Place.StartsWith("member ", StringComparison.Ordinal);
        foreach (var sweeper in isMember ? own.Sweepers.Where(one => one.Name is "administrator" or "device") : own.Sweepers)
            foreach (var (kind, id) in foreign.Ids.Where(each => !isMember || Probes.MemberKinds.Contains(each.Key)).DistinctBy(each => each.Value))
                await SendPairAsync(probe, sweeper, own, foreign, kind, id);
    }

    private async Task SendPairAsync(Probe probe, Sweeper sweeper, SweptTenant own, SweptTenant foreign, string kind, string id)
    {
        Interlocked.Increment(ref _pairs);
        var theirs = await AskAsync(probe, sweeper, own, id);
        var nobodys = await AskAsync(probe, sweeper, own, Nowhere(foreign, id));
        if (theirs.Text.Contains(foreign.Secret, StringComparison.Ordinal)) Fail("holds the other tenant's texts");
        if ((probe.Route, probe.Place, kind) == Claimed && theirs.Status == 409)
        {
            if (theirs.Text.Contains(foreign.Mark, StringComparison.Ordinal) || theirs.Text.Contains($"\"{foreign.Id}\"", StringComparison.Ordinal)) Fail("says whose device id it is");
        }
        else if (theirs != nobodys) Fail("is another answer");

        void Fail(string what) => _failures.Enqueue(
            $"{own.Mark}'s {sweeper.Name}: {probe.Route}, {probe.Place} = {kind} {id}: {what}\n  {probe.PathWith(id)} {probe.BodyWith(id)}\n  theirs:   {theirs}\n  nobody's: {nobodys}");
    }

    private static async Task<Answer> AskAsync(Probe probe, Sweeper sweeper, SweptTenant own, string id)
    {
        using var request = new HttpRequestMessage(new HttpMethod(probe.Method), new Uri(probe.PathWith(id), UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (probe.BodyWith(id) is { } body) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var answer = await sweeper.Http.SendAsync(request);
        var (text, isMade) = (await answer.Content.ReadAsStringAsync(), answer.IsSuccessStatusCode && probe.Method is "POST" or "PUT");
        if (isMade) await UndoAsync(probe, own, id, answer.Headers.Location);
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Date" or "Content-Length"))
            .OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        return new Answer((int)answer.StatusCode, Told(string.Join('\n', headers), id, isMade), Told(text, id, isMade));
    }

    /// <summary>What a probe has made under another tenant's name goes again, or the next one would meet it.</summary>
    private static async Task UndoAsync(Probe probe, SweptTenant own, string id, Uri? made)
    {
        if (made is not null) await own.Admin.DeleteAsync(made.ToString());
        else if (probe.Route == "PUT /tenant/options/{category}/{key}") await own.Admin.DeleteAsync(probe.PathWith(id));
        else if (probe.Route == "PUT /tenant/options/{category}") await own.Admin.DeleteAsync($"{probe.PathWith(id)}/{(probe.Place.StartsWith("body", StringComparison.Ordinal) ? Uri.EscapeDataString(id) : "swept-anew")}");
    }

    /// <summary>An answer without what is another each time: the id that was asked for, the number of the refusal, times, and the numbers of what was made.</summary>
    private static string Told(string text, string id, bool isMade)
    {
        foreach (var spelt in new[] { id, Uri.EscapeDataString(id) }.Distinct(StringComparer.Ordinal))
            text = char.IsAsciiDigit(id[0]) ? Regex.Replace(text, $"(?<![0-9]){spelt}(?![0-9])", "*") : text.Replace(spelt, "*", StringComparison.Ordinal);
        text = Moment().Replace(OwnDenial().Replace(text, ""), "TIME");
        return isMade ? Number().Replace(text, "#") : text;
    }

    /// <summary>An id of the same form that is nobody's.</summary>
    private static string Nowhere(SweptTenant foreign, string id) =>
        id.Contains(foreign.Mark, StringComparison.Ordinal) ? id.Replace(foreign.Mark, Ghost(foreign.Mark), StringComparison.Ordinal)
        : id.StartsWith(foreign.Id, StringComparison.Ordinal) ? id.Replace(foreign.Id, "t7", StringComparison.Ordinal)
        : FarOff + id;

    private static string Ghost(string mark) => $"{mark[..^1]}q";

    private sealed record Answer(int Status, string Headers, string Text);

    [GeneratedRegex(",\"denialId\":\"[0-9]+\"")]
    private static partial Regex OwnDenial();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})")]
    private static partial Regex Moment();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
