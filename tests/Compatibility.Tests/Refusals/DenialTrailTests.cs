using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>Whoever is refused leaves a trace: each refusal by itself, and beyond a limit counted.</summary>
public sealed partial class DenialTrailTests
{
    private const int AskedTooOften = Limits.DenialsRecordedPerUserAndMinute + 5;

    [Fact]
    public async Task Every_refusal_stands_in_the_audit_trail_or_is_counted_there_even_across_a_stop()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await ServerProcess.StartOnAsync(folder["data"]))
        {
            var admin = server.NewClientOf("t1/admin", FirstPasswords.Admin);
            await MakeUserAsync(admin, "prober");
            var prober = server.NewClientOf("t1/prober", "Pass-of-prober-1");
            using var refused = await prober.GetAsync("/user/t1/users/admin");
            Assert.Equal(403, (int)refused.StatusCode);

            // The refusal is on record before it is answered.
            var record = Assert.Single(await DenialsAsync(admin, "prober"));
            Assert.Equal("WARNING", record.GetProperty("severity").GetString());
            Assert.Contains("IUserGrain.Read t1/admin", record.GetProperty("text").GetString(), StringComparison.Ordinal);

            for (var asked = 1; asked < AskedTooOften; asked++)
            {
                using var again = await prober.GetAsync("/user/t1/users/admin");
                Assert.Equal(403, (int)again.StatusCode);
            }
            Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        }

        await using var restarted = await ServerProcess.StartOnAsync(folder["data"]);
        var records = await DenialsAsync(restarted.NewClientOf("t1/admin", FirstPasswords.Admin), "prober");
        // Where a minute ended in between there are two summaries, or none were needed; nothing is lost and nothing told twice.
        var told = records.Sum(record => CountIn(record.GetProperty("text").GetString()!));
        Assert.Equal(AskedTooOften, told);
    }

    [Fact]
    public async Task Every_failure_to_sign_in_stands_in_the_audit_trail_or_is_counted_there_even_across_a_stop()
    {
        const int failed = Limits.SignInFailuresRecordedPerAddressAndMinute + 5;
        using var folder = new TemporaryFolder();
        await using (var server = await ServerProcess.StartOnAsync(folder["data"]))
        {
            var guesser = server.NewClientOf("t1/nobody", "a-guess");
            for (var guess = 0; guess < failed; guess++)
            {
                using var refused = await guesser.GetAsync("/inventory/managedObjects");
                Assert.Equal(401, (int)refused.StatusCode);
            }
            Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        }

        await using var restarted = await ServerProcess.StartOnAsync(folder["data"]);
        var records = await RecordsAsync(restarted.NewClientOf("t1/admin", FirstPasswords.Admin), "UserAuthentication", "nobody");
        Assert.Equal(failed, records.Sum(record => CountIn(record.GetProperty("text").GetString()!)));
    }

    [Fact]
    public async Task Failing_to_sign_in_is_on_record_with_the_address_and_without_the_password()
    {
        await using var server = await ServerProcess.StartAsync();
        var admin = server.NewClientOf("t1/admin", FirstPasswords.Admin);
        await MakeUserAsync(admin, "guessed");
        using var refused = await server.NewClientOf("t1/guessed", "a-guess-of-the-password").GetAsync("/inventory/managedObjects");
        Assert.Equal(401, (int)refused.StatusCode);

        var all = await admin.GetStringAsync("/audit/auditRecords?pageSize=2000&source=guessed");

        Assert.Contains("127.0.0.1", all, StringComparison.Ordinal);
        Assert.Contains("bad credentials", all, StringComparison.Ordinal);
        Assert.DoesNotContain("a-guess-of-the-password", all, StringComparison.Ordinal);
    }

    // The record that stands for those which are only counted tells of none itself.
    private static int CountIn(string text) =>
        text.EndsWith("is counted and not told one by one", StringComparison.Ordinal) ? 0 : Summary().Match(text) is { Success: true } summary ? int.Parse(summary.Groups["count"].Value, CultureInfo.InvariantCulture) : 1;

    private static Task<List<JsonElement>> DenialsAsync(HttpClient admin, string user) => RecordsAsync(admin, "Access", user);

    private static async Task<List<JsonElement>> RecordsAsync(HttpClient admin, string type, string user)
    {
        using var page = JsonDocument.Parse(await admin.GetStringAsync($"/audit/auditRecords?pageSize=2000&type={type}&user={user}"));
        return [.. page.RootElement.GetProperty("auditRecords").EnumerateArray().Select(record => record.Clone())];
    }

    private static async Task MakeUserAsync(HttpClient admin, string name)
    {
        var body = $$"""{"userName":"{{name}}","email":"{{name}}@test.example","password":"Pass-of-{{name}}-1"}""";
        using var made = await admin.PostAsync("/user/t1/users", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(201, (int)made.StatusCode);
    }

    [GeneratedRegex("(?:Access denied|the last of) (?<count>[0-9]+) (?:more times|failures)")]
    private static partial Regex Summary();
}
