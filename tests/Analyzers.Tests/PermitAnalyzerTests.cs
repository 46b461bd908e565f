namespace Bailiwick.Analyzers.Tests;

/// <summary>BW0002: a permit is used, never kept or sent.</summary>
public sealed class PermitAnalyzerTests
{
    private const string Advice = "must not hold a permit: demand one where it is used and pass it on as an argument";

    [Theory]
    [InlineData("void Use(ReadPermit permit) { var local = permit; _ = local; }")]
    [InlineData("WritePermit Demand() => new();")]
    [InlineData("async Task Use() { var permit = new WritePermit(); await Task.Yield(); _ = permit; }")]
    [InlineData("private readonly Action<WritePermit> _step = _ => { };")]
    [InlineData("private readonly Dictionary<int, Func<ReadPermit, string>> _steps = [];")]
    public Task A_permit_in_locals_arguments_and_what_takes_one_is_accepted(string member) =>
        FindsAsync($"internal sealed class Thing {{ {member} }}");

    [Theory]
    [InlineData("private ReadPermit? _kept;")]
    [InlineData("private readonly WritePermit _kept = new();")]
    [InlineData("private static ReadPermit? _kept;")]
    [InlineData("private ListPermit? _kept;")]
    [InlineData("private readonly List<WritePermit> _kept = [];")]
    [InlineData("private readonly Dictionary<string, ReadPermit[]> _kept = [];")]
    [InlineData("private (int, WritePermit)? _kept;")]
    [InlineData("private Task<ReadPermit>? _kept;")]
    public Task A_field_with_a_permit_in_it_is_refused(string field) =>
        FindsAsync($"internal sealed class Thing {{ {field} }}", $"BW0002: Field '_kept' {Advice}");

    [Theory]
    [InlineData("internal sealed class Thing { public ReadPermit? Kept { get; set; } }")]
    [InlineData("internal sealed class Thing { public WritePermit Kept => new(); }")]
    [InlineData("internal sealed record Thing(WritePermit Kept);")]
    [InlineData("internal interface IThing { IReadOnlyList<ReadPermit> Kept { get; } }")]
    public Task A_property_with_a_permit_in_it_is_refused(string type) =>
        FindsAsync(type, $"BW0002: Property 'Kept' {Advice}");

    [Fact]
    public Task A_primary_constructor_that_would_capture_a_permit_is_refused() =>
        FindsAsync(
            "internal sealed class Thing(WritePermit permit) { public string Use() => permit.ToString()!; }",
            $"BW0002: Primary constructor parameter 'permit' {Advice}");

    [Fact]
    public Task An_ordinary_constructor_may_use_a_permit() =>
        FindsAsync("internal sealed class Thing { public Thing(WritePermit permit) => _ = permit; }");

    [Fact]
    public Task A_grain_method_neither_takes_nor_returns_a_permit() =>
        FindsAsync(
            "public interface IThing : IGrainWithStringKey { Task<ReadPermit> Use(Caller caller, WritePermit permit, List<ReadPermit> more); }",
            $"BW0002: The result of grain method 'Use' {Advice}",
            $"BW0002: Parameter 'permit' of a grain method {Advice}",
            $"BW0002: Parameter 'more' of a grain method {Advice}");

    [Fact]
    public Task A_port_takes_permits() =>
        FindsAsync("internal interface IStore { Task Append(WritePermit permit, string row); }");

    private static async Task FindsAsync(string code, params string[] findings) =>
        Assert.Equal(findings, await Snippet.FindingsOfAsync<PermitAnalyzer>(code));
}
